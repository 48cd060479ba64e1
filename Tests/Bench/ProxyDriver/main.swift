import Glibc
import PoolModel
import PoolOS
import PoolProxy

// ProxyDriver [--h2c] PORT SOCKET…: the proxy's server alone, one loop, for tools that count what it does.
let takesHTTP2 = CommandLine.arguments.contains("--h2c")
let words = CommandLine.arguments.filter { $0 != "--h2c" }
guard words.count > 2, let port = UInt16(words[1]) else {
    _ = "usage: ProxyDriver PORT SOCKET…\n".withCString { write(2, $0, strlen($0)) }
    exit(2)
}
let address = Address.tcp(host: "127.0.0.1", port: port)
var front = FrontSpec()
front.listen = [address]
front.h2c = takesHTTP2
let workers = words[2...].enumerated().map { number, path in
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
server.perform(.routes(RoutingTable(version: 1, pools: [routes])), descriptors: [])
server.perform(.listen(names: [address.description]), descriptors: [try ListeningSocket.bind(address)])
while true {
    var wake = pollfd(fd: server.wakeDescriptor, events: Int16(POLLIN), revents: 0)
    poll(&wake, 1, -1)
    for report in server.takeReports() { print(report) }
}
