package import PoolModel

extension Profile {
    /// Profiles that are to run side by side.
    package struct DecodedSet: Hashable, Sendable {
        /// The good ones, in the order in which they were given.
        package var profiles: [Profile]
        package var issues: [ProfileIssue]

        package var specs: [PoolSpec] { profiles.map(\.spec) }
        package var hasErrors: Bool { issues.contains(where: \.isError) }

        /// What keeps the pools from running side by side once load has made them as large as they may get. It keeps
        /// none from being started: it is refused as it comes about.
        fileprivate func growthConflicts(runtimeDirectory: String) -> [ProfileIssue] {
            guard profiles.contains(where: { $0.spec.grownWorkers > $0.spec.workers }) else { return [] }
            var neighbours = ProfileNeighbours(runtimeDirectory: runtimeDirectory)
            var issues: [ProfileIssue] = []
            for profile in profiles {
                var grown = profile
                grown.spec.workers = profile.spec.grownWorkers
                issues += neighbours.conflicts(of: grown).map { conflict in
                    profile.issue(
                        at: profile.spec.scale.auto == .off ? "worker.listen" : "scale.max",
                        "once scaled to max, \(conflict.message)",
                        suggestion: conflict.suggestion,
                        severity: .warning
                    )
                }
                neighbours.add(grown)
            }
            return issues
        }
    }

    /// Reads several profiles, and checks that they can run together: names, addresses, the number of workers.
    ///
    /// What two profiles have against each other is reported at the later one, which is then not among the good ones.
    package static func decodeAll(
        _ files: [(file: String, text: String)],
        runtimeDirectory: String = "/run/pool"
    ) -> DecodedSet {
        var set = DecodedSet(profiles: [], issues: [])
        var neighbours = ProfileNeighbours(runtimeDirectory: runtimeDirectory)
        for (file, text) in files {
            let decoded = decode(text: text, file: file, runtimeDirectory: runtimeDirectory)
            set.issues += decoded.issues
            guard let profile = decoded.profile else { continue }
            var conflicts: [ProfileIssue] = []
            if let other = set.profiles.first(where: { $0.spec.name == profile.spec.name }) {
                let message = "the pool \(profile.spec.name) is already defined in \(other.file)"
                conflicts.append(profile.issue(at: "pool.name", message))
            }
            conflicts += neighbours.conflicts(of: profile)
            set.issues += conflicts
            if conflicts.isEmpty {
                set.profiles.append(profile)
                neighbours.add(profile)
            }
        }
        set.issues += set.growthConflicts(runtimeDirectory: runtimeDirectory)
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

extension PoolSpec {
    /// The most workers that the pool may get by itself.
    fileprivate var grownWorkers: Int { scale.auto == .off ? workers : max(workers, scale.max) }
}
