/// The fields that the proxy acts upon, recognised while a head is parsed. Everything else is ``other``.
///
/// Raw values are below 64, so that a set of kinds is one word (``FieldKinds``).
package enum FieldKind: UInt8, Hashable, Sendable, CaseIterable {
    case other
    // Between two neighbours only (RFC 9110, 7.6.1)
    case connection, keepAlive, proxyConnection, te, trailer, upgrade, http2Settings
    /// Named by the Connection field: goes no further.
    case nominated
    /// A name with underscores that a CGI-like server would take for one of the names here: goes no further.
    case lookalike
    // Framing and routing
    case host, contentLength, transferEncoding, expect
    // Who asked
    case forwarded, xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xRealIP, xRequestID, xRequestStart
    /// Another name that begins with `X-Forwarded-`.
    case xForwardedOther
    case via
    /// `Proxy`, which CGI turns into HTTP_PROXY: never forwarded.
    case proxy
    case poolWorker, poolError
    // Looked at
    case accept, cookie, date, server
    /// How many more times TRACE and OPTIONS may be forwarded (RFC 9110, 7.6.2).
    case maxForwards

    /// Recognises a field name: token characters, in any case.
    @inline(__always)
    init(name: UnsafePointer<UInt8>, count: Int) {
        switch count {
        case 2: self = equalsFolded(name, "te") ? .te : .other
        case 3: self = equalsFolded(name, "via") ? .via : .other
        case 4: self = equalsFolded(name, "host") ? .host : equalsFolded(name, "date") ? .date : .other
        case 5: self = equalsFolded(name, "proxy") ? .proxy : .other
        case 6: self = FieldKind.ofSix(name)
        case 7: self = equalsFolded(name, "upgrade") ? .upgrade : equalsFolded(name, "trailer") ? .trailer : .other
        case 9:
            self = equalsFolded(name, "x-real-ip") ? .xRealIP : equalsFolded(name, "forwarded") ? .forwarded : .other
        case 10: self = FieldKind.ofTen(name)
        case 11: self = equalsFolded(name, "pool-worker") ? .poolWorker : .other
        case 12:
            self =
                equalsFolded(name, "x-request-id")
                ? .xRequestID : equalsFolded(name, "max-forwards") ? .maxForwards : .other
        case 14: self = FieldKind.ofFourteen(name)
        default: self = count < 13 ? .other : FieldKind.ofMany(name, count)
        }
        if self == .other && count > 12 && equalsFolded(name, "x-forwarded-") { self = .xForwardedOther }
    }

    @inline(__always)
    private static func ofSix(_ name: UnsafePointer<UInt8>) -> FieldKind {
        if equalsFolded(name, "accept") { return .accept }
        if equalsFolded(name, "cookie") { return .cookie }
        if equalsFolded(name, "expect") { return .expect }
        return equalsFolded(name, "server") ? .server : .other
    }

    @inline(__always)
    private static func ofTen(_ name: UnsafePointer<UInt8>) -> FieldKind {
        if equalsFolded(name, "connection") { return .connection }
        if equalsFolded(name, "keep-alive") { return .keepAlive }
        return equalsFolded(name, "pool-error") ? .poolError : .other
    }

    @inline(__always)
    private static func ofFourteen(_ name: UnsafePointer<UInt8>) -> FieldKind {
        if equalsFolded(name, "content-length") { return .contentLength }
        return equalsFolded(name, "http2-settings") ? .http2Settings : .other
    }

    @inline(__always)
    private static func ofMany(_ name: UnsafePointer<UInt8>, _ count: Int) -> FieldKind {
        switch count {
        case 15:
            if equalsFolded(name, "x-forwarded-for") { return .xForwardedFor }
            return equalsFolded(name, "x-request-start") ? .xRequestStart : .other
        case 16:
            if equalsFolded(name, "x-forwarded-host") { return .xForwardedHost }
            if equalsFolded(name, "x-forwarded-port") { return .xForwardedPort }
            return equalsFolded(name, "proxy-connection") ? .proxyConnection : .other
        case 17:
            if equalsFolded(name, "transfer-encoding") { return .transferEncoding }
            return equalsFolded(name, "x-forwarded-proto") ? .xForwardedProto : .other
        default: return .other
        }
    }
}

/// A set of kinds in one word.
package struct FieldKinds: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64

    @inline(__always)
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    @inline(__always)
    package init(_ kind: FieldKind) { rawValue = 1 << UInt64(kind.rawValue) }

    package init(_ kinds: [FieldKind]) { rawValue = kinds.reduce(0) { $0 | 1 << UInt64($1.rawValue) } }

    @inline(__always)
    package func has(_ kind: FieldKind) -> Bool { rawValue >> UInt64(kind.rawValue) & 1 != 0 }
}
