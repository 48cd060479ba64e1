package import PoolModel

extension Profile {
    /// Profiles that are to run side by side.
    package struct DecodedSet: Hashable, Sendable {
        /// The good ones, in the order in which they were given.
        package var profiles: [Profile]
        package var issues: [ProfileIssue]

        package var specs: [PoolSpec] { profiles.map(\.spec) }
        package var hasErrors: Bool { issues.contains(where: \.isError) }
    }

    /// Reads several profiles, and checks that they can run together: names, addresses, the number of workers.
    ///
    /// What two profiles have against each other is reported at the later one, which is then not among the good ones.
    package static func decodeAll(
        _ files: [(file: String, text: String)],
        runtimeDirectory: String = "/run/pool"
    ) -> DecodedSet {
        var set = DecodedSet(profiles: [], issues: [])
        var ledger = AddressLedger()
        var workers = 0
        for (file, text) in files {
            let decoded = decode(text: text, file: file, runtimeDirectory: runtimeDirectory)
            set.issues += decoded.issues
            guard let profile = decoded.profile else { continue }
            var conflicts: [ProfileIssue] = []
            if let other = set.profiles.first(where: { $0.spec.name == profile.spec.name }) {
                let message = "the pool \(profile.spec.name) is already defined in \(other.file)"
                conflicts.append(profile.issue(at: "pool.name", message))
            }
            if workers + profile.spec.workers > Limits.slotsMax {
                let message = "with these there would be \(workers + profile.spec.workers) workers in all"
                conflicts.append(
                    profile.issue(at: "pool.workers", message, suggestion: "the most is \(Limits.slotsMax)")
                )
            }
            if let first = set.profiles.first, first.spec.front.engine != profile.spec.front.engine {
                let message = "the daemon has one proxy for all its pools, and \(first.file) wants another engine"
                conflicts.append(profile.issue(at: "proxy.engine", message, suggestion: "say the same in all profiles"))
            }
            conflicts += ledger.conflicts(of: profile, runtimeDirectory: runtimeDirectory)
            set.issues += conflicts
            if conflicts.isEmpty {
                set.profiles.append(profile)
                workers += profile.spec.workers
                ledger.add(profile, runtimeDirectory: runtimeDirectory)
            }
        }
        return set
    }

    /// The addresses of all workers, in the order of their numbers.
    package func workerAddresses(runtimeDirectory: String) -> [Address] {
        spec.workerIDs.compactMap { id in
            let values = TemplateValues(
                pool: spec.name,
                number: id.number,
                runDirectory: "\(runtimeDirectory)/\(spec.name)",
                profileDirectory: directory
            )
            do throws(TemplateError) {
                return try WorkerCommand.address(spec.worker.listen, with: values)
            } catch {
                return nil
            }
        }
    }
}

/// Which address belongs to whom.
private struct AddressLedger {
    private struct Owner {
        var address: Address
        var name: String
    }

    /// By port, or by path for sockets: only within one entry can addresses collide.
    private var owners: [String: [Owner]] = [:]

    func conflicts(of profile: Profile, runtimeDirectory: String) -> [ProfileIssue] {
        let fronts = profile.spec.front.listen.compactMap { address in
            owner(of: address).map { profile.issue(at: "front.listen", "\(address) is already taken by \($0)") }
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
        for address in profile.spec.front.listen {
            let owner = Owner(address: address, name: "the front of pool \(profile.spec.name) in \(profile.file)")
            owners[key(address), default: []].append(owner)
        }
        let addresses = profile.workerAddresses(runtimeDirectory: runtimeDirectory)
        for (id, address) in zip(profile.spec.workerIDs, addresses) {
            owners[key(address), default: []].append(Owner(address: address, name: "worker \(id) in \(profile.file)"))
        }
    }

    private func owner(of address: Address) -> String? {
        owners[key(address)]?.first { $0.address.collides(with: address) }?.name
    }

    private func key(_ address: Address) -> String {
        switch address {
        case .unix(let path): path
        case .tcp(_, let port): String(port)
        }
    }
}
