internal import PoolAPI
internal import PoolClient
internal import PoolModel
internal import PoolUI

/// Requests whose answers have not come: each becomes one message, its answer or why there is none.
struct PendingRequests {
    /// How long an answer to a request is waited for.
    private static let answerMax = Duration.seconds(10)

    private struct Pending {
        var answer: any PendingAnswer
        var deadline: Duration
        var read: (Result<Answer, SessionError>) -> Message
    }

    private let session: any PoolSession
    private var pending: [Pending] = []
    /// Of requests that could not even be sent: told at the next step.
    private var failed: [Message] = []

    init(session: any PoolSession) { self.session = session }

    var descriptors: [(descriptor: Int32, isForWriting: Bool)] {
        pending.map { ($0.answer.descriptor, $0.answer.wantsToWrite) }
    }

    var deadlines: [Duration] { pending.map(\.deadline) }

    /// - Parameter failing: What to say of an error, and of whether the request was sent before it.
    mutating func begin<Reply>(
        _ request: APIRequest<Reply>,
        now: Duration,
        failing: @escaping (SessionError, Bool) -> Message,
        _ make: @escaping (Reply) -> Message
    ) {
        let read: (Result<Answer, SessionError>) -> Message = { result in
            do throws(SessionError) {
                return make(try result.get().reply(to: request))
            } catch {
                return failing(error, true)
            }
        }
        do throws(SessionError) {
            let answer = try session.begin(request.call)
            pending.append(Pending(answer: answer, deadline: now + PendingRequests.answerMax, read: read))
        } catch {
            failed.append(failing(error, false))
        }
    }

    /// What has come, and what is waited for no longer.
    mutating func take(now: Duration) -> [Message] {
        var messages = failed
        failed = []
        pending = pending.filter { request in
            do throws(SessionError) {
                guard let answer = try request.answer.advance() else {
                    guard now >= request.deadline else { return true }
                    let remedy = "see the operations (6) before you ask again"
                    messages.append(
                        request.read(.failure(SessionError(.timedOut, "no answer in time", remedy: remedy)))
                    )
                    return false
                }
                messages.append(request.read(.success(answer)))
            } catch {
                messages.append(request.read(.failure(error)))
            }
            return false
        }
        return messages
    }

    static func poolError(_ error: SessionError) -> PoolError {
        if case .refused(let problem) = error.kind { return problem.poolError }
        return PoolError(.unavailable, error.message, remedy: error.remedy)
    }
}
