internal import CPoolOS
internal import Glibc
package import PoolModel

/// Starting a daemon in the background.
package enum Daemonize {
    /// The number under which the daemon finds the pipe for its ``StartReport``.
    package static let reportDescriptor: Int32 = 3
    private static let reportBytesMax = 64 << 10

    /// Starts a program in a session of its own, its output appended to a log file, and waits for its report.
    ///
    /// It needs no second fork: a session's leader gets a terminal only by opening one, which the daemon never does.
    /// - Parameters:
    ///   - request: the daemon; its session is set here.
    ///   - logPath: where its stdout and stderr go.
    ///   - limit: how long to wait. Beyond, the report is a failure, and the daemon goes on.
    /// - Throws: where it could not be started at all.
    package static func start(
        _ request: SpawnRequest,
        logPath: String,
        limit: Duration
    ) throws(PoolError) -> (pid: Int32, report: StartReport) {
        var request = request
        request.session = .session
        let reader: FileDescriptor
        let child: ProcessSpawner.Child
        do throws(SystemError) {
            var ends: [Int32] = [-1, -1]
            try syscall("pipe2") { pool_pipe(&ends, 0) }
            reader = FileDescriptor(adopting: ends[0])
            let writer = FileDescriptor(adopting: ends[1])
            let log = try FileDescriptor.open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
            let descriptors = [
                SpawnDescriptor(log, as: 1), SpawnDescriptor(log, as: 2),
                SpawnDescriptor(writer, as: reportDescriptor),
            ]
            do throws(SpawnFailure) {
                child = try ProcessSpawner.spawn(request, descriptors: descriptors)
            } catch {
                throw SystemError(error.stage.name, on: error.object, code: error.code)
            }
        } catch {
            throw PoolError(.unavailable, "cannot start the daemon: \(error)")
        }
        let report = StartReport(decoding: wait(reader, until: MonotonicClock.now + limit))
        return (child.pid, report ?? missing(child, logPath: logPath, limit: limit))
    }

    private static func missing(_ child: ProcessSpawner.Child, logPath: String, limit: Duration) -> StartReport {
        // Its end of the pipe closes a moment before it can be reaped.
        var entry = pollfd(fd: child.pidfd.raw, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 1000)
        var ended = pool_ended()
        if pool_reap_pidfd(child.pidfd.raw, &ended) == 1 {
            let how = ended.code == CLD_EXITED ? "exit status \(ended.status)" : "signal \(ended.status)"
            return .failed(code: 1, message: "the daemon ended before it was ready (\(how)); see \(logPath)")
        }
        let seconds = limit.components.seconds
        return .failed(code: 1, message: "the daemon is not ready after \(seconds) s; see \(logPath)")
    }

    /// Everything up to the end, or up to the deadline.
    private static func wait(_ pipe: FileDescriptor, until deadline: Duration) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < reportBytesMax {
            var entry = pollfd(fd: pipe.raw, events: Int16(POLLIN), revents: 0)
            let left = (deadline - MonotonicClock.now).millisecondsRoundedUp
            let ready = poll(&entry, 1, Int32(clamping: left))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { break }
            let count = buffer.withUnsafeMutableBytes { Glibc.read(pipe.raw, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }
}
