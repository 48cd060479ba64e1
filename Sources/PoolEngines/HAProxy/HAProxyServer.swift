internal import PoolModel

/// A worker as HAProxy's backends know it: one server that requests are balanced over, one that probes are sent to.
struct HAProxyServer: Hashable {
    let id: WorkerID
    let slot: Int
    let address: Address
    let life: Life
    var weight: Int
    var isRoutable: Bool

    /// The backend that probes go through.
    static let probes = "pool_probe"

    init(_ worker: WorkerRoute) {
        id = worker.id
        slot = worker.slot
        address = worker.address
        life = worker.life
        weight = worker.weight
        isRoutable = worker.isRoutable
    }

    /// `BACKEND/NAME`, as the Runtime API and `show stat` have it.
    var name: String { "\(id.pool)/\(id)" }
    var probeName: String { "\(Self.probes)/\(id)" }

    /// Whether it can become the other one while HAProxy runs.
    func isSamePlace(as other: HAProxyServer) -> Bool { slot == other.slot && address == other.address }

    /// A Unix socket or an address with its port, in HAProxy's words.
    var place: String {
        switch address {
        case .unix(let path): "unix@" + HAProxyConfiguration.word(path)
        default: HAProxyConfiguration.word(address.description)
        }
    }

    /// What follows the name on a `server` line and in `add server`, which knows no `default-server`.
    func words(_ pool: PoolRoutes) -> String {
        var words = [place, "id \(slot + 1)", "weight \(max(0, min(256, weight)))"]
        // Its own check sees a worker that nobody listens for sooner than the next probe; ours decides all else.
        words.append("check inter 2s fall 3 rise 1")
        let failures = pool.balance.ejection.consecutiveFailures
        if failures > 0 { words.append("observe layer4 error-limit \(failures) on-error mark-down") }
        if let limit = pool.balance.inFlightMax { words.append("maxconn \(limit)") }
        let slow = pool.balance.slowStart.nanoseconds / 1_000_000
        if slow > 0 { words.append("slowstart \(slow)ms") }
        switch pool.front.sendProxyProtocol {
        case .none: break
        case .v1: words.append("send-proxy")
        case .v2: words.append("send-proxy-v2")
        }
        return words.joined(separator: " ")
    }

    /// Nothing is balanced over the probes' backend: whoever names no server gets none.
    var probeWords: String { "\(place) id \(slot + 1) weight 0" }
}
