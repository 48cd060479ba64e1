package import PoolAPI
private import PoolModel

/// A conversation with a daemon: over its socket, or within the process for tests.
///
/// Nothing here blocks but the beginning of a call to another host (TLS); whoever has one thread and one `poll(2)` puts ``PendingAnswer/descriptor`` into it. A command
/// that only wants an answer uses ``send(_:within:)``.
package protocol PoolSession: AnyObject {
    /// Where the daemon is, for people: the socket's path.
    var name: String { get }

    /// Sends a request; the answer comes later.
    func begin(_ call: APICall) throws(SessionError) -> any PendingAnswer

    /// Opens a stream: a call made by ``APICall/streaming(after:)``.
    func open(_ call: APICall) throws(SessionError) -> any RecordStream
}

/// An answer that is on its way.
package protocol PendingAnswer: AnyObject {
    var descriptor: Int32 { get }
    /// Whether to poll for writing too: the request is not out yet.
    var wantsToWrite: Bool { get }
    /// Takes what has come, without blocking; nil while the answer is not whole.
    func advance() throws(SessionError) -> Answer?
}

/// An open stream.
package protocol RecordStream: AnyObject {
    var descriptor: Int32 { get }
    var wantsToWrite: Bool { get }
    /// The last record that was returned: where to take the stream up again.
    var lastSequence: UInt64? { get }
    /// Takes what has come, without blocking; empty where that is nothing.
    ///
    /// Throws when the stream has ended or was refused. Records that came before the end are returned first.
    func readAvailable() throws(SessionError) -> [StreamRecord]
}

extension PoolSession {
    /// Sends a request and waits for its reply.
    ///
    /// - Parameters:
    ///   - limit: How long, the daemon's own wait (long poll) not counted.
    ///   - isInterrupted: Asked after every signal; true ends the wait.
    package func send<Reply>(
        _ request: APIRequest<Reply>,
        within limit: Duration = .seconds(10),
        isInterrupted: () -> Bool = { false }
    ) throws(SessionError) -> Reply {
        try answer(to: request.call, within: limit, isInterrupted: isInterrupted).reply(to: request)
    }

    /// Sends a call and waits for its answer, whatever its status.
    package func answer(
        to call: APICall,
        within limit: Duration,
        isInterrupted: () -> Bool = { false }
    ) throws(SessionError) -> Answer {
        let deadline = ContinuousClock.now.advanced(by: limit + call.serverWait)
        let pending = try begin(call, until: deadline, isInterrupted: isInterrupted)
        while true {
            if let answer = try pending.advance() { return answer }
            if ContinuousClock.now >= deadline {
                throw SessionError(
                    .timedOut,
                    "the daemon at \(name) did not answer within \(limit.inSeconds) s",
                    remedy: "see whether it is stuck, or give it longer with --timeout"
                )
            }
            if isInterrupted() { throw SessionError(.interrupted, "interrupted") }
            _ = Poll.wait(pending.descriptor, forWriting: pending.wantsToWrite, until: deadline)
        }
    }
}

extension PoolSession {
    /// Begins a call. Where the daemon's queue of connections is full, which others can fill for a moment, tries again.
    private func begin(
        _ call: APICall,
        until deadline: ContinuousClock.Instant,
        isInterrupted: () -> Bool
    ) throws(SessionError) -> any PendingAnswer {
        while true {
            do throws(SessionError) {
                return try begin(call)
            } catch {
                guard error.kind == .timedOut, ContinuousClock.now < deadline, !isInterrupted() else { throw error }
                _ = Poll.wait(nil, forWriting: false, until: .now.advanced(by: .milliseconds(20)))
            }
        }
    }
}

extension RecordStream {
    /// Waits for the next records.
    ///
    /// - Parameter limit: How long; an empty array means that nothing came, or that a signal ended the wait.
    package func next(within limit: Duration) throws(SessionError) -> [StreamRecord] {
        let deadline = ContinuousClock.now.advanced(by: limit)
        let records = try readAvailable()
        guard records.isEmpty else { return records }
        guard Poll.wait(descriptor, forWriting: wantsToWrite, until: deadline) else { return [] }
        return try readAvailable()
    }
}
