internal import NIOCore
internal import PoolAPI
internal import PoolModel
internal import Synchronization

/// The state as JSON, made once for all who ask before it changes: a thousand workers are half a megabyte. What is made
/// anew is put together from the workers' own pieces, of which most are as they were.
///
/// State: the last forms, one for each pool that was asked for and one for all, and the workers' pieces, guarded by the
/// mutex. A reader who comes while a form is made waits for it instead of making it too.
final class EncodedState: Sendable {
    private struct Form {
        var version: UInt64
        var bytes: ByteBuffer
    }

    private struct Piece {
        var worker: WorkerSnapshot
        var bytes: [UInt8]
    }

    private struct State {
        var forms: [String?: Form] = [:]
        var pieces: [WorkerID: Piece] = [:]
    }

    private static let formsMax = 64
    private let state = Mutex(State())

    /// The form of a version, where it has been made.
    ///
    /// - Parameter pool: what of it.
    func known(_ pool: String?, version: UInt64) -> ByteBuffer? {
        state.withLock { state in
            guard let form = state.forms[pool], form.version == version else { return nil }
            return form.bytes
        }
    }

    /// - Parameters:
    ///   - version: the state's: the same number means the same state.
    ///   - pool: what of it; pools that exist, so their number is bounded.
    func bytes(of snapshot: StateSnapshot, version: UInt64, pool: String?) throws -> ByteBuffer {
        try state.withLock { state in
            if let known = state.forms[pool], known.version == version { return known.bytes }
            let bytes = ByteBuffer(bytes: try EncodedState.encode(snapshot, &state.pieces, isWhole: pool == nil))
            // Pools that have gone leave theirs behind; they are few, and made anew at once.
            if state.forms.count > EncodedState.formsMax { state.forms = [:] }
            state.forms[pool] = Form(version: version, bytes: bytes)
            return bytes
        }
    }

    /// The same bytes as ``JSONCoding`` gives: keys in alphabetical order.
    ///
    /// - Parameter isWhole: The snapshot has every worker that there is: pieces of others are forgotten.
    private static func encode(
        _ snapshot: StateSnapshot,
        _ pieces: inout [WorkerID: Piece],
        isWhole: Bool
    ) throws -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(snapshot.pools.reduce(4096) { $0 + 1024 * $1.workers.count })
        json += "{\"at\":\"\(snapshot.at)\",\"operations\":".utf8
        json += try JSONCoding.encode(snapshot.operations)
        json += ",\"pools\":[".utf8
        var count = 0
        for (index, pool) in snapshot.pools.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            try append(pool, to: &json, &pieces)
            count += pool.workers.count
        }
        json += "],\"sequence\":\(snapshot.sequence)}".utf8
        if isWhole, pieces.count > count {
            let present = Set(snapshot.pools.flatMap(\.workers).map(\.status.id))
            pieces = pieces.filter { present.contains($0.key) }
        } else if pieces.count > Limits.workersMax + count {
            // Nobody has asked for all for long; workers come and go.
            pieces = [:]
        }
        return json
    }

    private static func append(
        _ pool: PoolSnapshot,
        to json: inout [UInt8],
        _ pieces: inout [WorkerID: Piece]
    ) throws {
        var frame = pool
        frame.workers = []
        let end = Array("\"workers\":[]}".utf8)
        let framed = try JSONCoding.encode(frame)
        // The last key of a pool, in alphabetical order: there the workers go.
        guard framed.suffix(end.count).elementsEqual(end) else {
            json += try JSONCoding.encode(pool)
            return
        }
        json += framed.dropLast(2)
        for (index, worker) in pool.workers.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            if let piece = pieces[worker.status.id], piece.worker == worker {
                json += piece.bytes
            } else {
                let bytes = try JSONCoding.encode(worker)
                pieces[worker.status.id] = Piece(worker: worker, bytes: bytes)
                json += bytes
            }
        }
        json += "]}".utf8
    }
}
