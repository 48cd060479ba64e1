import PoolAPI
import PoolClient

/// A daemon that takes everything and says only what the test puts in.
final class HangingSession: PoolSession {
    let name = "/run/pool/control.sock"
    /// What the stream of the state says next.
    var records: [StreamRecord] = []

    func begin(_ call: APICall) throws(SessionError) -> any PendingAnswer { Pending() }

    func open(_ call: APICall) throws(SessionError) -> any RecordStream {
        Stream(of: call.route.id == .state ? self : nil)
    }

    private final class Pending: PendingAnswer {
        let descriptor: Int32 = -1
        let wantsToWrite = false
        func advance() throws(SessionError) -> Answer? { nil }
    }

    private final class Stream: RecordStream {
        let descriptor: Int32 = -1
        let wantsToWrite = false
        let lastSequence: UInt64? = nil
        let session: HangingSession?

        init(of session: HangingSession?) { self.session = session }

        func readAvailable() throws(SessionError) -> [StreamRecord] {
            defer { session?.records = [] }
            return session?.records ?? []
        }
    }
}
