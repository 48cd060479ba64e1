internal import PoolHTTP
internal import PoolModel

/// What is written beforehand for the requests of one listening address of a pool.
final class FrontEntry: Sendable {
    let requestPlan: RequestPlan
    /// Which clients' forwarding fields are believed.
    private let trusted: AddressRanges?

    init(_ address: Address?, front: FrontSpec, rules: HeaderRules, trusted: AddressRanges?) {
        let port: UInt16?
        let host: String
        switch address {
        case .tcp(_, let number)?:
            port = number
            host = "localhost"
        case .unix?, nil:
            port = nil
            host = "localhost"
        }
        requestPlan = RequestPlan(rules: rules, port: port, host: host, preservesHost: front.preserveHost)
        self.trusted = trusted
    }

    /// Whether a client's forwarding fields are believed. Asked once for each connection.
    func trusts(_ peer: PeerAddress) -> Bool {
        guard let trusted, !trusted.isEmpty else { return false }
        guard let address = peer.address else { return trusted.hasUnix }
        return trusted.contains(address)
    }
}

/// The plans of a pool's front: one for each address, and one for probes.
struct FrontPlans: Sendable {
    let entries: [String: FrontEntry]
    let response: ResponsePlan
    /// What of the front could not be used, and was left out. The profile's check refuses it earlier.
    let problems: [String]

    init(_ routes: PoolRoutes) {
        var problems: [String] = []
        func compiled(_ rules: [HeaderRule], _ what: String) -> HeaderRules {
            do throws(HeaderRules.Issue) { return try HeaderRules(rules) } catch {
                problems.append("pool \(routes.name): \(what) headers: \(error)")
                return .none
            }
        }
        let front = routes.front
        let requestRules = compiled(front.requestHeaders, "request")
        response = ResponsePlan(rules: compiled(front.responseHeaders, "response"))
        var trusted: AddressRanges?
        do throws(AddressRanges.Invalid) { trusted = try AddressRanges(front.trustedProxies) } catch {
            problems.append("pool \(routes.name): trusted proxies: \(error)")
        }
        var entries: [String: FrontEntry] = [:]
        for address in front.listen {
            entries[address.description] = FrontEntry(
                address,
                front: front,
                rules: requestRules,
                trusted: trusted
            )
        }
        entries[ProbeHeader.listener] = FrontEntry(nil, front: front, rules: requestRules, trusted: nil)
        self.entries = entries
        self.problems = problems
    }
}
