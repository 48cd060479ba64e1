internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// Who asked for what, and what they were told: `audit.ndjson` in the state directory, one JSON object a line.
///
/// Every request that would change something is in it, the refused ones too. Rotated by size to one older file, so it
/// takes 2 × ``bytesMax`` at most. Where it cannot be written the daemon says so once and goes on.
///
/// State: the file and whether it fails, guarded by the mutex; requests are answered on several threads.
final class AuditLog: Sendable {
    static let bytesMax: UInt64 = 16 << 20

    /// A line.
    struct Entry: Encodable {
        var at: Timestamp
        /// Of a process of this host.
        var userID: UInt32?
        var pid: Int32?
        /// `alice (uid 1000, pid 4711)`.
        var actor: String
        var method: String
        var target: String
        /// What was to be done: an action's verb, else the name of the route (`reload`, `weigh`, `gate` …).
        var verb: String?
        /// The selectors of those with whom: `all` where none was named; absent where it is not about workers.
        var workers: [String]?
        /// What a verb says more: `scale`, `signal`, `weigh`, `gate`.
        var count: Int?
        var signal: String?
        var weight: Int?
        var state: String?
        /// The operations that it began.
        var operations: [String]?
        /// In the words of who asked; absent where they gave none.
        var why: String?
        /// The answer's status.
        var status: Int
        /// Why it was refused.
        var problem: String?
    }

    private struct State {
        var file: LogFile
        var isFailing = false
    }

    private let state: Mutex<State>
    private let onFailure: @Sendable (String) -> Void

    /// - Parameter onFailure: Told once, until it works again.
    init(path: String, onFailure: @escaping @Sendable (String) -> Void) {
        state = Mutex(State(file: LogFile(path: path)))
        self.onFailure = onFailure
    }

    func write(_ entry: Entry) {
        guard let line = try? JSONCoding.encode(entry) else { return }
        let failure: String? = state.withLock { state in
            do {
                if state.file.size > AuditLog.bytesMax { try state.file.rotate(filesMax: 1) }
                try state.file.append(line + [UInt8(ascii: "\n")])
                state.isFailing = false
                return nil
            } catch {
                defer { state.isFailing = true }
                return state.isFailing ? nil : "\(error)"
            }
        }
        if let failure { onFailure(failure) }
    }
}

/// What the audit log takes over from a request's body, whatever else the body holds.
struct AuditedRequest: Decodable {
    var verb: String?
    var workers: [String]?
    var count: Int?
    var signal: String?
    var weight: Int?
    var state: String?
    var why: String?

    /// Selectors that a line names. Beyond: they are counted.
    static let selectorsMax = 64
    /// Characters of a word, and of a reason. Beyond: they are cut off, which an ellipsis tells.
    static let charactersMax = 64
    static let reasonMax = 1024

    /// The selectors; `all` where none is there.
    var selectors: [String] {
        guard let workers, !workers.isEmpty else { return ["all"] }
        let named = workers.prefix(AuditedRequest.selectorsMax).map(AuditedRequest.word)
        return workers.count > named.count ? named + ["and \(workers.count - named.count) more"] : named
    }

    /// The reason; nil where there is none.
    var reason: String? { why.flatMap { $0.isEmpty ? nil : AuditedRequest.cut($0, AuditedRequest.reasonMax) } }

    static func word(_ text: String) -> String { cut(text, charactersMax) }

    private static func cut(_ text: String, _ count: Int) -> String {
        text.count > count ? text.prefix(count) + "…" : text
    }
}

/// What the audit log takes over from an answer: the operation that it is, or those that a reload began.
struct AuditedReply: Decodable {
    struct Pool: Decodable {
        var operation: String?
    }

    var id: String?
    var pools: [Pool]?

    var operations: [String] { (id.map { [$0] } ?? []) + (pools ?? []).compactMap(\.operation) }
}
