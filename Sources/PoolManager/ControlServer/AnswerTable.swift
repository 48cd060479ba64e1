internal import NIOCore
internal import PoolAPI
internal import PoolModel
internal import Synchronization

/// The answers of mutations that came with an `Idempotency-Key`: the same request again gets the same answer, and
/// nothing is done twice. Actions and deploys are the manager's to remember, by the operations that they began; their
/// keys are known here, so that no key stands for two requests.
///
/// Refusals are not remembered: nothing was done. A new manager begins with none.
///
/// State: the answers, the oldest first, guarded by the mutex.
final class AnswerTable: Sendable {
    private enum Outcome {
        case underWay
        case answered(ServerResponse, bytes: Int)
        /// It is remembered elsewhere.
        case elsewhere
    }

    private struct Entry {
        var key: IdempotencyKey
        var request: Fingerprint
        var outcome: Outcome

        var bytes: Int { if case .answered(_, let bytes) = outcome { bytes } else { 0 } }
        var isUnderWay: Bool { if case .underWay = outcome { true } else { false } }
    }

    /// What a request is told by from another one; 64 bits of a keyed hash and the length.
    struct Fingerprint: Hashable {
        private var length: Int
        private var hash: Int

        /// - Parameter condition: `If-Match`.
        init(_ method: String, _ target: String, condition: String?, _ body: [UInt8]) {
            length = body.count
            var hasher = Hasher()
            hasher.combine(method)
            hasher.combine(target)
            hasher.combine(condition)
            hasher.combine(body)
            hash = hasher.finalize()
        }
    }

    /// Bytes of all answers together. Beyond, and beyond so many: the oldest goes.
    static let bytesMax = 8 << 20

    private let entries = Mutex<[Entry]>([])

    enum Beginning {
        /// The request is new.
        case new
        /// The answer of before.
        case answered(ServerResponse)
        /// It came before; its answer is remembered elsewhere.
        case elsewhere
    }

    /// - Throws: where the key came with another request, or its first one has no answer yet.
    func begin(_ key: IdempotencyKey, _ request: Fingerprint, isElsewhere: Bool) throws(Problem) -> Beginning {
        try entries.withLock { (entries) throws(Problem) in
            if let known = entries.first(where: { $0.key == key }) {
                guard known.request == request else {
                    throw Problem(.keyReused, "the key \(key) came before with another request", object: "header")
                }
                switch known.outcome {
                case .underWay:
                    throw Problem(
                        .conflict,
                        "the first request with the key \(key) is not answered yet",
                        remedy: "ask again in a moment"
                    )
                case .answered(let answer, _): return .answered(answer)
                case .elsewhere: return .elsewhere
                }
            }
            entries.append(Entry(key: key, request: request, outcome: isElsewhere ? .elsewhere : .underWay))
            AnswerTable.trim(&entries)
            return .new
        }
    }

    /// - Parameter answer: nil where nothing was done: the key is free again.
    func end(_ key: IdempotencyKey, _ answer: ServerResponse?) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.key == key }) else { return }
            guard let answer, case .whole(let body) = answer.body else {
                entries.remove(at: index)
                return
            }
            guard case .underWay = entries[index].outcome else { return }
            entries[index].outcome = .answered(answer, bytes: body.readableBytes)
            AnswerTable.trim(&entries)
        }
    }

    private static func trim(_ entries: inout [Entry]) {
        var bytes = entries.reduce(0) { $0 + $1.bytes }
        while entries.count > Limits.operationsMax || bytes > bytesMax {
            // One that is under way is held by its connection, and their number is bounded.
            guard let oldest = entries.firstIndex(where: { !$0.isUnderWay }) else { return }
            bytes -= entries.remove(at: oldest).bytes
        }
    }
}
