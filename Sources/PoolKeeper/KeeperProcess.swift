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
        if let descriptor = options.handoverDescriptor {
            return takeOver(options, FileDescriptor(adopting: descriptor))
        }
        let report = StartReporter(options.reportDescriptor)
        do {
            try options.directories.create()
            let lock = try RuntimeLock(path: options.directories.lock)
            let openFiles = try ResourceLimit.raiseOpenFiles()
            return try run(options, report, lock: lock, openFiles: openFiles, console: Console(), handover: nil)
        } catch {
            report.fail(code: 1, message: "\(error)")
            try? Console().say("\(error)")
            return 1
        }
    }

    /// Goes on as the keeper that another program was in this process.
    private static func takeOver(_ options: KeeperOptions, _ file: FileDescriptor) -> Int32 {
        do {
            let bytes = try file.contents(bytesMax: KeeperHandover.bytesMax, name: "handover")
            let handover = try KeeperHandover(decoding: bytes)
            file.close()
            return try run(
                options,
                StartReporter(hasBeenReady: true),
                lock: RuntimeLock(adopting: handover.lock),
                openFiles: handover.openFiles,
                console: Console(output: handover.output, errors: handover.errors),
                handover: handover
            )
        } catch {
            try? Console().say("what the program before left cannot be taken over: \(error)")
            return 1
        }
    }

    private static func run(
        _ options: KeeperOptions,
        _ report: StartReporter,
        lock: RuntimeLock,
        openFiles: ResourceLimit,
        console: Console,
        handover: KeeperHandover?
    ) throws -> Int32 {
        defer { withExtendedLifetime(lock) {} }
        // An ignored SIGCHLD, which is inherited, would let the kernel throw exit statuses away.
        signal(SIGCHLD, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any more (RLIMIT_FSIZE) is a write that fails, as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
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
            record: record,
            lock: lock
        )
        let inherited = InheritedSockets.take()
        for problem in inherited.problems { console.say(problem) }
        for (name, socket) in inherited.sockets where keeper.store.store(socket, name: name) != 0 {
            console.say("too many sockets are inherited: \(name) is closed")
        }
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
        do throws(SystemError) {
            try record.begin(with: left ?? [])
        } catch {
            // Who runs already goes on without a record; who only starts does not begin so.
            guard handover != nil else { throw error }
            console.say("the children cannot be recorded: \(error)")
        }
        if let handover {
            try keeper.take(handover)
        } else {
            if let left { keeper.adopt(left) }
            keeper.startManager()
        }
        reactor.run()
        if !keeper.hasReleased { record.delete() }
        return keeper.exitCode
    }
}
