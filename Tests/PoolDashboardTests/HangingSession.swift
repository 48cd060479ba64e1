import PoolAPI
import PoolClient
import PoolModel

/// A daemon that takes everything and says only what the test puts in.
final class HangingSession: PoolSession {
    let name = "/run/pool/control.sock"
    /// What the stream of the state says next.
    var records: [StreamRecord] = []
    /// The number of the last record that its streams gave.
    var lineSequence: UInt64?
    private(set) var opened: [APICall] = []

    func begin(_ call: APICall) throws(SessionError) -> any PendingAnswer { Pending() }

    func open(_ call: APICall) throws(SessionError) -> any RecordStream {
        opened.append(call)
        return Stream(of: self, isState: call.route.id == .state)
    }

    private final class Pending: PendingAnswer {
        let descriptor: Int32 = -1
        let wantsToWrite = false
        func advance() throws(SessionError) -> Answer? { nil }
    }

    private final class Stream: RecordStream {
        let descriptor: Int32 = -1
        let wantsToWrite = false
        let isState: Bool
        let session: HangingSession
        var lastSequence: UInt64? { session.lineSequence }

        init(of session: HangingSession, isState: Bool) {
            self.session = session
            self.isState = isState
        }

        func readAvailable() throws(SessionError) -> [StreamRecord] {
            guard isState else {
                return session.lineSequence == nil ? [] : [.heartbeat(at: Timestamp(microseconds: 0))]
            }
            defer { session.records = [] }
            return session.records
        }
    }
}
