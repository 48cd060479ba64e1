internal import NIOCore
internal import PoolAPI
internal import PoolModel
internal import Synchronization

/// The state as JSON, made once for all who ask before it changes: a thousand workers are half a megabyte.
///
/// State: the last forms, one for each pool that was asked for and one for all, guarded by the mutex.
final class EncodedState: Sendable {
    private struct Form {
        var version: UInt64
        var bytes: ByteBuffer
    }

    private static let formsMax = 64
    private let forms = Mutex<[String?: Form]>([:])

    /// - Parameters:
    ///   - version: the state's: the same number means the same state.
    ///   - pool: what of it; pools that exist, so their number is bounded.
    func bytes(of state: StateSnapshot, version: UInt64, pool: String?) throws -> ByteBuffer {
        if let known = forms.withLock({ $0[pool] }), known.version == version { return known.bytes }
        let bytes = ByteBuffer(bytes: try JSONCoding.encode(state))
        forms.withLock { forms in
            // Pools that have gone leave theirs behind; they are few, and made anew at once.
            if forms.count > EncodedState.formsMax { forms = [:] }
            forms[pool] = Form(version: version, bytes: bytes)
        }
        return bytes
    }
}
