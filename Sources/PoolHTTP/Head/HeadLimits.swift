package import PoolModel

/// How large a head may be; beyond it the message is refused with the fault named.
package struct HeadLimits: Hashable, Sendable {
    /// Bytes of the whole head, its empty line included: ``HTTPFault/headTooLarge``.
    package var headBytesMax: Int
    /// Bytes of the request line without its CRLF: ``HTTPFault/requestLineTooLong``.
    package var requestLineBytesMax: Int
    /// Fields of one head: ``HTTPFault/fieldsTooMany``.
    package var fieldsMax: Int

    /// Larger heads are not even configurable, because offsets into them are 32 bits wide.
    package static let headBytesCeiling = 16 << 20

    package init(headBytesMax: Int = 32 << 10, requestLineBytesMax: Int = 16 << 10, fieldsMax: Int = 128) {
        self.headBytesMax = min(max(headBytesMax, 64), HeadLimits.headBytesCeiling)
        self.requestLineBytesMax = min(max(requestLineBytesMax, 16), self.headBytesMax)
        self.fieldsMax = min(max(fieldsMax, 1), 1 << 16)
    }

    /// Of each limit the widest.
    package init(covering all: [HeadLimits]) {
        self.init(
            headBytesMax: all.map(\.headBytesMax).max() ?? 0,
            requestLineBytesMax: all.map(\.requestLineBytesMax).max() ?? 0,
            fieldsMax: all.map(\.fieldsMax).max() ?? 0
        )
    }

    package init(_ limits: ProxyLimits) {
        self.init(
            headBytesMax: limits.headBytesMax,
            requestLineBytesMax: limits.requestLineBytesMax,
            fieldsMax: limits.headersMax
        )
    }
}
