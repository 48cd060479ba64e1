package import PoolModel

/// What applying a profile would do to each worker, and why. Pure: shown by `plan`, done by `apply`.
package struct ProfilePlan: Hashable, Sendable, Codable {
    package enum Effect: String, Hashable, Sendable, Codable, CaseIterable {
        case nothing
        /// Takes effect without a new process.
        case live
        case restart, start, stop
    }

    package struct Item: Hashable, Sendable, Codable {
        package var worker: WorkerID
        package var effect: Effect
        /// The settings that cause it, as in the profile: `worker.command`; empty where nothing changes.
        package var reasons: [String]
    }

    /// In ascending order of the workers.
    package var items: [Item]

    /// - Parameters:
    ///   - workers: the pool's present workers, with whether each has a process (or is to have one).
    ///   - numbers: the numbers that the pool is to have.
    package init(
        from old: PoolSpec,
        to new: PoolSpec,
        workers: [(id: WorkerID, isUp: Bool)],
        numbers: [Int]
    ) {
        let restarting = ProfilePlan.restartReasons(from: old.worker, to: new.worker)
        let live = ProfilePlan.liveReasons(from: old, to: new)
        let wanted = Set(numbers)
        let present = Set(workers.map(\.id.number))
        items = workers.map { worker in
            if !wanted.contains(worker.id.number) {
                return Item(worker: worker.id, effect: .stop, reasons: ["pool.workers"])
            }
            if !restarting.isEmpty, worker.isUp {
                return Item(worker: worker.id, effect: .restart, reasons: restarting + live)
            }
            let reasons = restarting + live
            return Item(worker: worker.id, effect: reasons.isEmpty ? .nothing : .live, reasons: reasons)
        }
        items += numbers.filter { !present.contains($0) }.map { number in
            let worker = WorkerID(pool: new.name, number: number)
            return Item(worker: worker, effect: .start, reasons: ["pool.workers"])
        }
        items.sort { $0.worker < $1.worker }
    }

    /// Settings that only a new process can take up.
    static func restartReasons(from old: WorkerSpec, to new: WorkerSpec) -> [String] {
        let settings: [(name: String, differs: Comparison<WorkerSpec>)] = [
            ("worker.command", differs(\.command)),
            ("worker.directory", differs(\.directory)),
            ("worker.environment", differs(\.environment)),
            ("worker.environment_files", differs(\.environmentFiles)),
            ("worker.venv", differs(\.venv)),
            ("worker.listen", differs(\.listen)),
            ("worker.socket_mode", differs(\.socketMode)),
            ("worker.listen_fds", differs(\.inheritsSocket)),
            ("worker.user", differs(\.user)),
            ("worker.group", differs(\.group)),
            ("worker.groups", differs(\.groups)),
            ("worker.umask", differs(\.umask)),
            ("worker.nice", differs(\.nice)),
            ("worker.limits", differs(\.limits)),
            ("worker.redirect_stderr", differs(\.redirectStderr)),
            ("worker.watchdog", differs(\.watchdog)),
        ]
        return settings.filter { $0.differs(old, new) }.map(\.name)
    }

    /// Settings that take effect at once: those of the pool, and those by which Pool itself treats the worker.
    private static func liveReasons(from old: PoolSpec, to new: PoolSpec) -> [String] {
        // What is left of the worker's settings when those that need a restart are made equal.
        var rest = old.worker
        rest.command = new.worker.command
        rest.directory = new.worker.directory
        rest.environment = new.worker.environment
        rest.environmentFiles = new.worker.environmentFiles
        rest.venv = new.worker.venv
        rest.listen = new.worker.listen
        rest.socketMode = new.worker.socketMode
        rest.inheritsSocket = new.worker.inheritsSocket
        rest.user = new.worker.user
        rest.group = new.worker.group
        rest.groups = new.worker.groups
        rest.umask = new.worker.umask
        rest.nice = new.worker.nice
        rest.limits = new.worker.limits
        rest.redirectStderr = new.worker.redirectStderr
        rest.watchdog = new.worker.watchdog
        let settings: [(name: String, differs: Comparison<PoolSpec>)] = [
            ("front", differs(\.front)),
            ("balance", differs(\.balance)),
            ("health", differs(\.health)),
            ("log", differs(\.log)),
            ("scale", differs(\.scale)),
            ("hooks", differs(\.hooks)),
            ("pool.priority", differs(\.priority)),
        ]
        let pool = settings.filter { $0.differs(old, new) }.map(\.name)
        return (rest == new.worker ? [] : ["worker (supervision)"]) + pool
    }

    private typealias Comparison<Root> = (Root, Root) -> Bool

    private static func differs<Root>(_ path: KeyPath<Root, some Equatable>) -> Comparison<Root> {
        { $0[keyPath: path] != $1[keyPath: path] }
    }
}
