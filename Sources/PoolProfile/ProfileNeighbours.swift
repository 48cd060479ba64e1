internal import PoolModel

/// Profiles that run side by side, and what keeps another one from running beside them: addresses, the rules at shared
/// ones, the number of workers, the proxy's engine.
package struct ProfileNeighbours {
    private let runtimeDirectory: String
    private var first: Profile?
    private var ledger = AddressLedger()
    /// By pool: a pool that has several profiles (one comes, one goes) has the workers of the larger.
    private var workers: [String: Int] = [:]

    package init(runtimeDirectory: String) { self.runtimeDirectory = runtimeDirectory }

    /// Adds a profile as it is: one that was accepted, or that runs already.
    package mutating func add(_ profile: Profile) {
        first = first ?? profile
        workers[profile.spec.name] = max(workers[profile.spec.name] ?? 0, profile.spec.workers)
        ledger.add(profile, runtimeDirectory: runtimeDirectory)
    }

    /// What a profile of another pool has against these; empty where it can run beside them.
    package func conflicts(of profile: Profile) -> [ProfileIssue] {
        var conflicts: [ProfileIssue] = []
        let sum = workers.values.reduce(profile.spec.workers, +)
        if sum > Limits.slotsMax {
            let message = "with these there would be \(sum) workers in all"
            conflicts.append(profile.issue(at: "pool.workers", message, suggestion: "the most is \(Limits.slotsMax)"))
        }
        if let first, first.spec.front.engine != profile.spec.front.engine {
            let message = "the daemon has one proxy for all its pools, and \(first.file) wants another engine"
            conflicts.append(profile.issue(at: "proxy.engine", message, suggestion: "say the same in all profiles"))
        }
        return conflicts + ledger.conflicts(of: profile, runtimeDirectory: runtimeDirectory)
    }
}

/// Which address belongs to whom.
private struct AddressLedger {
    private struct Owner {
        var address: Address
        var name: String
        /// Set where it is a front's: fronts may share an address.
        var front: (spec: FrontSpec, listener: FrontListener)?
    }

    /// By port, or by path for sockets: only within one entry can addresses collide.
    private var owners: [String: [Owner]] = [:]

    func conflicts(of profile: Profile, runtimeDirectory: String) -> [ProfileIssue] {
        let fronts = profile.spec.front.listeners.flatMap { listener in
            owners(of: listener.address).compactMap { conflict(of: listener, of: profile, with: $0) }
        }
        let workers = profile.workerAddresses(runtimeDirectory: runtimeDirectory)
        for (id, address) in zip(profile.spec.workerIDs, workers) {
            if let owner = owner(of: address) {
                return fronts + [
                    profile.issue(at: "worker.listen", "worker \(id): \(address) is already taken by \(owner)")
                ]
            }
        }
        return fronts
    }

    mutating func add(_ profile: Profile, runtimeDirectory: String) {
        for listener in profile.spec.front.listeners {
            let owner = Owner(
                address: listener.address,
                name: "the front of pool \(profile.spec.name) in \(profile.file)",
                front: (profile.spec.front, listener)
            )
            owners[key(listener.address), default: []].append(owner)
        }
        let addresses = profile.workerAddresses(runtimeDirectory: runtimeDirectory)
        for (id, address) in zip(profile.spec.workerIDs, addresses) {
            owners[key(address), default: []].append(Owner(address: address, name: "worker \(id) in \(profile.file)"))
        }
    }

    private func owner(of address: Address) -> String? { owners(of: address).first?.name }

    private func owners(of address: Address) -> [Owner] {
        (owners[key(address)] ?? []).filter { $0.address.collides(with: address) }
    }

    /// What keeps two fronts from sharing an address; nil where they can.
    private func conflict(of listener: FrontListener, of profile: Profile, with owner: Owner) -> ProfileIssue? {
        let front = profile.spec.front
        func issue(_ key: String, _ message: String, _ remedy: String? = nil) -> ProfileIssue {
            profile.issue(at: key, message, suggestion: remedy)
        }
        guard let other = owner.front, owner.address == listener.address else {
            return issue("front.listen", "\(listener.address) is already taken by \(owner.name)")
        }
        let place = "\(listener.address), which \(owner.name) has too"
        if (listener.tls == nil) != (other.listener.tls == nil) {
            return issue("front.listen", "https and plain HTTP cannot both be spoken at \(place)")
        }
        if let tls = listener.tls, let others = other.listener.tls, !tls.hasSamePolicy(as: others) {
            return issue(
                "front.listen",
                "the rules of tls differ at \(place)",
                "they hold before a client says whom it wants: only the certificates may differ"
            )
        }
        if front.acceptProxyProtocol != other.spec.acceptProxyProtocol {
            return issue("front.accept_proxy_protocol", "accept_proxy_protocol differs at \(place)")
        }
        if Set(front.trustedProxies) != Set(other.spec.trustedProxies) {
            return issue(
                "front.trusted_proxies",
                "trusted_proxies differs at \(place)",
                "whether a connection comes from a proxy is known before a client says whom it wants: say the same in both"
            )
        }
        if front.isDefaultServer && other.spec.isDefaultServer {
            return issue("front.default_server", "there are two default servers at \(place)")
        }
        return overlap(front, other.spec).map { name, path in
            issue(
                "front.listen",
                "\(listener.address) is already taken by \(owner.name), for \(name ?? "every host") and \(path)",
                "tell them apart by server_name or path"
            )
        }
    }

    /// A host and a path that both ask for.
    private func overlap(_ one: FrontSpec, _ two: FrontSpec) -> (name: String?, path: String)? {
        let paths = Set(one.paths.isEmpty ? ["/"] : one.paths).intersection(two.paths.isEmpty ? ["/"] : two.paths)
        guard let path = paths.min() else { return nil }
        if one.serverNames.isEmpty && two.serverNames.isEmpty { return (nil, path) }
        let names = Set(one.serverNames.map { $0.lowercased() }).intersection(two.serverNames.map { $0.lowercased() })
        return names.min().map { ($0, path) }
    }

    private func key(_ address: Address) -> String {
        switch address {
        case .unix(let path): path
        case .tcp(_, let port): String(port)
        }
    }
}
