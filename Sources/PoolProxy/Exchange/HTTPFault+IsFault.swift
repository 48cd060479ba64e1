internal import PoolHTTP

extension HTTPFault {
    /// Whether something is wrong. A look at the case itself: `!=` goes through the conformance of another module.
    @inline(__always)
    var isFault: Bool { if case .none = self { false } else { true } }
}
