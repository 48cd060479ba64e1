internal import PoolHTTP
internal import PoolModel

/// One request as the foreign program tells of it.
struct EngineExchange: Hashable {
    var isProbe = false
    var status = 0
    var microseconds: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    /// The worker that answered, or was tried last; nil for files, redirects and refusals.
    var slot: Int?
    /// Workers that were tried before.
    var failed: [Int] = []
    /// Times that it was sent again, where it is not known to whom it went before.
    var retries = 0
    var ending = Termination.normal
}
