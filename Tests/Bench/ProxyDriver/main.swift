import Glibc
import PoolModel
import PoolOS
import PoolProxy

// ProxyDriver [--h2c] [--tls=FILE] PORT SOCKET…: the proxy's server alone, one loop, for tools that count what it does.
// FILE holds a certificate and its key.
let options = CommandLine.arguments.dropFirst().prefix { $0.hasPrefix("--") }
let words = CommandLine.arguments.dropFirst(1 + options.count)
guard words.count > 1, let port = words.first.flatMap({ UInt16($0) }) else {
    _ = "usage: ProxyDriver [--h2c] [--tls=FILE] PORT SOCKET…\n".withCString { write(2, $0, strlen($0)) }
    exit(2)
}
let address = Address.tcp(host: "127.0.0.1", port: port)
var front = FrontSpec()
front.h2c = options.contains("--h2c")
let prefix = "--tls="
let pair = options.first { $0.hasPrefix(prefix) }.map { option in
    let path = String(option.dropFirst(prefix.count))
    return CertificateFiles(certificate: path, key: path)
}
front.listeners = [FrontListener(address, tls: pair.map { TLSSpec(certificates: [$0]) })]
let workers = words.dropFirst().enumerated().map { number, path in
    WorkerRoute(
        id: WorkerID(pool: "bench", number: number),
        slot: number,
        address: .unix(path: path),
        life: 1,
        isRoutable: true
    )
}
let routes = PoolRoutes(name: "bench", front: front, balance: BalanceSpec(), workers: workers)
let segment = try StatsSegment(lanes: 1, slots: workers.count)
let server = try ProxyServer(ProxyOptions(link: nil, segment: segment, lanes: 0..<1, stateDirectory: nil))
if let pair {
    let text = String(decoding: bytes(of: pair.certificate), as: UTF8.self)
    server.perform(.certificates([CertificateBundle(files: pair, certificatePEM: text, keyPEM: text)]), descriptors: [])
}
server.perform(.routes(RoutingTable(version: 1, pools: [routes])), descriptors: [])
server.perform(.listen(names: [address.description]), descriptors: [try ListeningSocket.bind(address)])
while true {
    var wake = pollfd(fd: server.wakeDescriptor, events: Int16(POLLIN), revents: 0)
    poll(&wake, 1, -1)
    for report in server.takeReports() { print(report) }
}

/// A small file's; none where it cannot be read.
func bytes(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}
