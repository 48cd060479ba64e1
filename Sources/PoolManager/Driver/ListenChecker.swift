internal import Glibc
internal import PoolModel
internal import PoolOS

/// Looks whether workers listen: connects, and closes again. On the reactor, so that one whose queue is full holds
/// nobody else up.
///
/// Each check is answered once, within ``timeout``. All state is the reactor's thread's.
final class ListenChecker {
    typealias Report = (WorkerID, Life, _ refusal: String?) -> Void

    /// The kernel tries a full queue of TCP again after one second, so this is two attempts.
    static let timeout = Duration.seconds(2)

    /// A connection on its way.
    private final class Attempt {
        let socket: FileDescriptor
        var timer: TimerID?

        init(_ socket: FileDescriptor) { self.socket = socket }
    }

    private let reactor: Reactor
    private let timeout: Duration
    private let report: Report

    /// - Parameter report: gets the answer of every check: nil where somebody listens, else why not.
    init(reactor: Reactor, timeout: Duration = ListenChecker.timeout, report: @escaping Report) {
        self.reactor = reactor
        self.timeout = timeout
        self.report = report
    }

    func check(_ worker: WorkerID, life: Life, at address: Address) {
        do throws(SystemError) {
            let attempt = Attempt(try StreamSocket.begin(to: address))
            try reactor.watch(attempt.socket.raw, .writable) { [self] _ in
                end(attempt)
                report(worker, life, StreamSocket.outcome(of: attempt.socket)?.reason)
                attempt.socket.close()
            }
            attempt.timer = reactor.schedule(after: timeout) { [self] in
                end(attempt)
                report(worker, life, "no answer within \(timeout.inSeconds) s: its queue is full")
                attempt.socket.close()
            }
        } catch {
            report(worker, life, error.reason)
        }
    }

    private func end(_ attempt: Attempt) {
        if let timer = attempt.timer { reactor.cancel(timer) }
        reactor.unwatch(attempt.socket.raw)
    }
}
