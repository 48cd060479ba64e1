internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

/// The keeper role.
package enum KeeperProcess {
    private static let signals = [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1]

    /// Runs the keeper until the daemon is shut down; returns the exit code. To be called on the main thread, once,
    /// before any other thread is started: they would take its signals.
    package static func run(_ options: KeeperOptions) -> Int32 {
        let report = StartReporter(options.reportDescriptor)
        do {
            try options.directories.create()
            let lock = try RuntimeLock(path: options.directories.lock)
            defer { withExtendedLifetime(lock) {} }
            return try run(options, report)
        } catch {
            report.fail(code: 1, message: "\(error)")
            try? Console().say("\(error)")
            return 1
        }
    }

    private static func run(_ options: KeeperOptions, _ report: StartReporter) throws -> Int32 {
        let openFiles = try ResourceLimit.raiseOpenFiles()
        let console = try Console()
        // An ignored SIGCHLD, which is inherited, would let the kernel throw exit statuses away.
        signal(SIGCHLD, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)
        let source = FileDescriptor(
            adopting: try syscall("signalfd") { pool_signalfd(signals, Int32(signals.count)) }
        )
        try syscall("prctl") { pool_become_subreaper() }
        let reactor = try Reactor()
        let record = ChildRecord(path: options.directories.children)
        let keeper = Keeper(
            options,
            reactor: reactor,
            console: console,
            openFiles: openFiles,
            report: report,
            record: record
        )
        try reactor.watch(source.raw, .readable) { [weak keeper] _ in
            while true {
                let signal = pool_next_signal(source.raw)
                if signal <= 0 { return }
                keeper?.handle(signal: signal)
            }
        }
        ProcessTitle.set("poold: keeper \(options.directories.runtime)", name: "poold-keeper")
        let left = record.read()
        // From here on both keepers' children are in it, whichever of us dies.
        try record.begin(with: left ?? [])
        if let left { keeper.adopt(left) }
        keeper.startManager()
        reactor.run()
        if !keeper.hasReleased { record.delete() }
        return keeper.exitCode
    }
}
