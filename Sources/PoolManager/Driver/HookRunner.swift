internal import CPoolOS
internal import Glibc
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// Runs the profiles' hooks through the keeper, reads what they write, and ends those that take too long.
///
/// All state is the manager thread's. Hooks of an earlier manager are killed: whatever waited for them has them run
/// again.
final class HookRunner {
    private final class Running {
        let start: HookStart
        let reader: FileDescriptor
        var output = HookOutput()
        var process: ProcessIdentity?
        var timer: TimerID?
        var isTooLong = false
        /// The keeper has not answered yet; it is to be killed as soon as it is there.
        var failure: String?

        init(_ start: HookStart, reader: FileDescriptor) {
            self.start = start
            self.reader = reader
        }
    }

    private let reactor: Reactor
    private let link: KeeperLink
    private let directories: Directories
    private let inherited: [String: String]
    private var running: [ProcessIdentity: Running] = [:]
    /// A line that a hook has written.
    private let onLine: (HookStart, String) -> Void
    /// A hook has ended; nil is success.
    private let onEnd: (HookStart, String?) -> Void

    init(
        reactor: Reactor,
        link: KeeperLink,
        directories: Directories,
        inherited: [String: String],
        onLine: @escaping (HookStart, String) -> Void,
        onEnd: @escaping (HookStart, String?) -> Void
    ) {
        self.reactor = reactor
        self.link = link
        self.directories = directories
        self.inherited = inherited
        self.onLine = onLine
        self.onEnd = onEnd
    }

    func run(_ start: HookStart) {
        do {
            let launch = try WorkerLaunch(start, directories: directories, inherited: inherited)
            var ends: [Int32] = [-1, -1]
            try syscall("pipe2") { pool_pipe(&ends, 0) }
            let (reader, writer) = (FileDescriptor(adopting: ends[0]), FileDescriptor(adopting: ends[1]))
            try reader.setNonBlocking()
            let run = Running(start, reader: reader)
            try reactor.watch(reader.raw, .readable) { [weak self] _ in self?.read(run) }
            let tag = ChildTag.hook(pool: start.spec.name, number: start.run.number).text
            let descriptors = [SpawnDescriptor(writer, as: 1), SpawnDescriptor(writer, as: 2)]
            link.spawn(launch.request, descriptors: descriptors, tag: tag) { [weak self] in self?.spawned(run, $0) }
        } catch let failure as LaunchFailure {
            end(start, failure.message)
        } catch {
            end(start, "\(error)")
        }
    }

    private func spawned(_ run: Running, _ result: Result<ProcessIdentity, SpawnFailure>) {
        switch result {
        case .success(let process):
            run.process = process
            running[process] = run
            run.timer = reactor.schedule(after: run.start.spec.hooks.timeout) { [weak self] in
                run.timer = nil
                run.isTooLong = true
                self?.link.signal(process, SIGKILL, asGroup: true)
            }
        case .failure(let failure):
            reactor.unwatch(run.reader.raw)
            let reason = ExitReason.spawnFailed(stage: failure.step, errno: failure.code)
            end(run.start, reason.summary)
        }
    }

    /// A hook has ended; false where it was no hook of this manager's.
    func exited(_ process: ProcessIdentity, _ reason: ExitReason) {
        guard let run = running.removeValue(forKey: process) else { return }
        if let timer = run.timer { reactor.cancel(timer) }
        read(run)
        reactor.unwatch(run.reader.raw)
        for line in run.output.finish() { onLine(run.start, line) }
        if reason == .exited(code: 0) {
            end(run.start, nil)
        } else if run.isTooLong {
            end(run.start, "took longer than \(run.start.spec.hooks.timeout.text)")
        } else {
            let last = run.output.last.prefix(200)
            end(run.start, last.isEmpty ? reason.summary : "\(reason.summary): \(last)")
        }
    }

    /// Not at once: the machine that asked for it may be in the middle of its turn.
    private func end(_ start: HookStart, _ failure: String?) {
        reactor.schedule(at: .zero) { [onEnd] in onEnd(start, failure) }
    }

    private func read(_ run: Running) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        // A bound: one that writes without end does not keep the manager from anything else.
        for _ in 0..<16 {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(run.reader.raw, $0.baseAddress, $0.count) }
            if count > 0 {
                for line in run.output.take(buffer[..<count]) { onLine(run.start, line) }
            } else if count == 0 {
                // Nobody can write any more.
                reactor.unwatch(run.reader.raw)
                return
            } else {
                return
            }
        }
    }
}
