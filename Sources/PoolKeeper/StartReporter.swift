internal import PoolOS

/// Tells the command that started the daemon in the background how the start went, once.
final class StartReporter {
    private var pipe: FileDescriptor?
    /// A manager has said that the daemon works.
    private(set) var hasBeenReady = false
    /// The code of the first failure that was reported; nil where there was none.
    private(set) var failureCode: Int32?

    /// - Parameter descriptor: the pipe; nil in the foreground, where stderr says it all.
    init(_ descriptor: Int32?) {
        pipe = descriptor.map { FileDescriptor(adopting: $0) }
        // A failure here means that the pipe is not open: then nobody waits.
        try? pipe?.setCloseOnExec(true)
    }

    /// Of a keeper that took over from another program: the daemon has been ready long since.
    init(hasBeenReady: Bool) { self.hasBeenReady = hasBeenReady }

    func succeed() {
        hasBeenReady = true
        send(.ready)
    }

    /// Only the first failure counts: what follows from it says less.
    func fail(code: Int32, message: String) {
        if hasBeenReady || failureCode != nil { return }
        failureCode = code
        send(.failed(code: code, message: message))
    }

    private func send(_ report: StartReport) {
        // Whoever waited may have given up.
        try? pipe?.writeAll(report.encoded)
        pipe = nil
    }
}
