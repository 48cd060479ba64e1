internal import CPoolOS

/// What a descriptor is watched for, and what it is ready for.
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: POOL_EPOLLIN)
    package static let writable = Readiness(rawValue: POOL_EPOLLOUT)
    /// The peer sends nothing more. Reported only where it is asked for.
    package static let peerClosed = Readiness(rawValue: POOL_EPOLLRDHUP)
    /// Both directions are gone. Always reported.
    package static let hungUp = Readiness(rawValue: POOL_EPOLLHUP)
    /// Always reported.
    package static let failed = Readiness(rawValue: POOL_EPOLLERR)
    /// As an interest: report changes only, once each, instead of every time round while it is ready.
    package static let edge = Readiness(rawValue: POOL_EPOLLET)
}
