package import PoolAPI
internal import PoolModel

/// Keeps a stream open over the daemon's restarts, for a loop with one `poll(2)`.
///
/// Poll ``descriptor`` (where there is one) and call ``step(now:)`` when it is readable or ``deadline`` has come.
/// Reconnects after 50 ms, doubling to 2 s; asks for what came after the last record.
package final class StreamFollower {
    package enum Update: Sendable {
        /// The daemon answers; a stream of state begins again with a snapshot.
        case connected
        case records([StreamRecord])
        /// There is no connection; tried again at that time of the caller's clock.
        case lost(SessionError, retryAt: Duration)
    }

    private let session: any PoolSession
    private let call: APICall
    private var stream: (any RecordStream)?
    private var hasAnswered = false
    private var retryAt = Duration.zero
    private var delay = StreamFollower.delayMin
    /// When the last was heard, or else the connection was begun, by the caller's clock.
    package private(set) var heardAt = Duration.zero
    /// The last record that was returned.
    package private(set) var lastSequence: UInt64?

    private static let delayMin = Duration.milliseconds(50)
    private static let delayMax = Duration.seconds(2)
    /// Silence after which the connection is taken for dead.
    private static let silenceMax = StreamRecord.heartbeatInterval * 3

    /// - Parameter call: A call of a route that streams, not yet made a stream.
    package init(_ call: APICall, on session: any PoolSession, after sequence: UInt64? = nil) {
        self.session = session
        self.call = call
        lastSequence = sequence
    }

    /// nil while there is no connection.
    package var descriptor: Int32? { stream?.descriptor }
    package var wantsToWrite: Bool { stream?.wantsToWrite ?? false }

    /// When ``step(now:)`` is due though nothing is readable.
    package var deadline: Duration { stream == nil ? retryAt : heardAt + StreamFollower.silenceMax }

    /// Reads what has come, or connects again where that is due. Never blocks, never throws.
    ///
    /// - Parameter now: The caller's monotonic clock.
    package func step(now: Duration) -> [Update] {
        do throws(SessionError) {
            guard let stream else {
                guard now >= retryAt else { return [] }
                stream = try session.open(call.streaming(after: lastSequence))
                heardAt = now
                hasAnswered = false
                return []
            }
            let records = try stream.readAvailable()
            guard !records.isEmpty else {
                guard now < heardAt + StreamFollower.silenceMax else {
                    throw SessionError(.timedOut, "the daemon at \(session.name) says nothing any more")
                }
                return []
            }
            heardAt = now
            delay = StreamFollower.delayMin
            lastSequence = stream.lastSequence ?? lastSequence
            defer { hasAnswered = true }
            return hasAnswered ? [.records(records)] : [.connected, .records(records)]
        } catch {
            stream = nil
            retryAt = now + delay
            delay = min(delay * 2, StreamFollower.delayMax)
            return [.lost(error, retryAt: retryAt)]
        }
    }
}
