import Glibc
import PoolModel
import PoolOS
import PoolProxy

// ProxyStress PORT TLS-PORT DIRECTORY SECONDS SOCKET…: the whole proxy with four loops, for the sanitizers' builds.
//
// Every 20 ms another routing table: another algorithm, other workers routable or in another life, limits, queue, log
// format. DIRECTORY holds site.pem and site.key, and gets the logs. Ends with a drain, then a forced stop.

let words = CommandLine.arguments
guard words.count > 5, let port = UInt16(words[1]), let securePort = UInt16(words[2]),
    let seconds = Int(words[4])
else {
    _ = "usage: ProxyStress PORT TLS-PORT DIRECTORY SECONDS SOCKET…\n".withCString { write(2, $0, strlen($0)) }
    exit(2)
}
let directory = words[3]
let sockets = Array(words[5...])
let files = CertificateFiles(certificate: "\(directory)/site.pem", key: "\(directory)/site.key")
let plain = Address.tcp(host: "127.0.0.1", port: port)
let secure = Address.tcp(host: "127.0.0.1", port: securePort)
let loops = 4

func text(_ path: String) throws -> String {
    let file = FileDescriptor(adopting: try syscall("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) })
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = try syscall("read", on: path) { read(file.raw, &bytes, bytes.count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
}

@MainActor func balance(_ version: UInt64) -> BalanceSpec {
    let algorithms: [BalanceSpec.Algorithm] = [
        .roundRobin, .leastInFlight, .twoChoices, .consistentHash, .stickyCookie,
    ]
    var balance = BalanceSpec()
    balance.algorithm = algorithms[Int(version / 10) % algorithms.count]
    if balance.algorithm == .consistentHash { balance.key = "header:User-Agent" }
    if balance.algorithm == .stickyCookie { balance.key = "stick" }
    balance.inFlightMax = version % 3 == 0 ? 4 : nil
    balance.slowStart = .milliseconds(version % 2 == 0 ? 0 : 200)
    balance.ejection.consecutiveFailures = 2
    balance.ejection.duration = .milliseconds(100)
    return balance
}

@MainActor func table(_ version: UInt64) -> RoutingTable {
    var front = FrontSpec()
    front.listen = [plain, secure]
    front.listeners[1].tls = TLSSpec(certificates: [files])
    front.bodyBytesMax = 1 << 30
    front.limits.connectionsPerAddressMax = 10_000
    front.accessLog = version % 7 == 0 ? nil : AccessLogSpec(format: version % 2 == 0 ? "combined" : "json")
    let workers = sockets.enumerated().map { number, path in
        WorkerRoute(
            id: WorkerID(pool: "stress", number: number),
            slot: number,
            address: .unix(path: path),
            life: Life(1 + version / 16),
            isRoutable: Int(version) % (sockets.count + 2) != number,
            weight: 1 + number % 3
        )
    }
    let routes = PoolRoutes(
        name: "stress",
        front: front,
        balance: balance(version),
        workers: workers,
        isHolding: version % 2 == 0
    )
    return RoutingTable(version: version, pools: [routes])
}

/// How many threads this process has: each is a directory, and so a link to the one above it.
func threads() -> Int {
    var status = stat()
    return stat("/proc/self/task", &status) == 0 ? Int(status.st_nlink) - 2 : 1
}

let segment = try StatsSegment(lanes: loops, slots: sockets.count)
let options = ProxyOptions(link: nil, segment: segment, lanes: 0..<loops, stateDirectory: directory)
let server = try ProxyServer(options)
var version: UInt64 = 1
var reports = 0
let bundle = CertificateBundle(
    files: files,
    certificatePEM: try text(files.certificate),
    keyPEM: try text(files.key)
)
server.perform(.certificates([bundle]))
server.perform(.routes(table(version)))
let listeners = [try ListeningSocket.bind(plain), try ListeningSocket.bind(secure)]
server.perform(.listen(names: [plain.description, secure.description]), descriptors: listeners)

@MainActor func lookAround() {
    var wake = pollfd(fd: server.wakeDescriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&wake, 1, 20)
    reports += server.takeReports().count
}

let end = MonotonicClock.now + .seconds(seconds)
while MonotonicClock.now < end {
    lookAround()
    version += 1
    server.perform(.routes(table(version)))
    if version % 11 == 0 { server.perform(.reopenLogs) }
    if version % 97 == 0 { server.perform(.certificates([bundle])) }
}
// The load goes on: some exchanges are under way at the forced stop, and must leave nothing behind.
server.perform(.drain(limitSeconds: 1))
let limit = MonotonicClock.now + .seconds(1)
while !server.isFinished && MonotonicClock.now < limit { lookAround() }
server.stop()
while !server.isFinished { lookAround() }
// A thread that is just ending holds memory where the search for leaks does not look. One of the sanitizer's own stays.
for _ in 0..<1000 where threads() > 1 { _ = poll(nil, 0, 1) }
let requests = (-1..<sockets.count).reduce(UInt64(0)) { $0 + segment.total(.requests, slot: $1) }
let ejections = (0..<sockets.count).reduce(UInt64(0)) { $0 + segment.total(.ejections, slot: $1) }
let handshakes = segment.total(.handshakes, slot: -1)
print("\(requests) requests, \(handshakes) handshakes, \(ejections) ejections, \(version) tables, \(reports) reports")
