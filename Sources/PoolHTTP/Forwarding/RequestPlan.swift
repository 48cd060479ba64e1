internal import Glibc

/// How requests of one listening address go on to a worker: everything that can be written beforehand.
///
/// Compile one for each front and address when the routing table changes; then each request is copied with its
/// hop-by-hop fields left out (TE too: trailers are passed on whether asked for or not) and the forwarding fields put in,
/// in their order and case, without allocating:
///
///     let count = plan.write(head, raw, fields: parser.fields, context, to: out)
///
/// `out` has room for ``outputBytesMax(_:_:)`` bytes, which a buffer of the head's limit plus ``growthBytesMax`` always has.
package final class RequestPlan: @unchecked Sendable {
    // Unchecked: the compiler cannot see that the memory behind `constants` and the rules is written by the initialiser
    // only, and freed with the last reference. Loops on several threads only read it.

    /// What is particular to one connection and one request.
    package struct Context {
        /// The client's address as text, IPv6 without brackets; none (count 0) is written as `unknown`.
        package var peer: UnsafeBufferPointer<UInt8>
        /// Whether the client is a trusted proxy (``AddressRanges``).
        package var isTrusted = false
        /// The two halves of a new request id: one random for the loop, one counted.
        package var requestID: (UInt64, UInt64) = (0, 0)
        /// Milliseconds of the wall clock at which the request began to wait for a worker; 0 if it did not.
        /// Written as `X-Request-Start: t=1700000000.123`.
        package var queuedAtMilliseconds: UInt64 = 0
        /// Whether a WebSocket handshake may go on.
        package var allowsUpgrade = true

        package init(peer: UnsafeBufferPointer<UInt8>) { self.peer = peer }
    }

    /// What the proxy adds to a head at most, besides fields that rules set: bound on the size of an output buffer.
    package static let growthBytesMax = 4096

    /// Bytes by which a rewritten head may be longer than the one that came.
    package let growthBytes: Int
    /// What the rules are about, for the body's framing.
    package let ruledTrailers: RuledTrailers?

    private let fields: ForwardingFields
    private let rules: CompiledRules
    private let keepsHost: Bool
    private let constants: UnsafeMutablePointer<UInt8>
    private let host: ByteRange
    private let proto: ByteRange
    private let port: ByteRange
    private let dropped: UInt64
    private let droppedIfTrusted: UInt64

    /// - Parameters:
    ///   - isSecure: whether clients speak TLS to the address.
    ///   - port: the port that clients connect to; nil for a unix socket.
    ///   - host: sent where the client's Host is missing (HTTP/1.0) or not preserved; a valid authority.
    package init(
        rules: HeaderRules = .none,
        fields: ForwardingFields = .all,
        isSecure: Bool = false,
        port: UInt16? = nil,
        host: String = "localhost",
        preservesHost: Bool = true
    ) {
        let hostBytes = rules.host ?? (Authority.isValid(Array(host.utf8)) ? Array(host.utf8) : Array("localhost".utf8))
        let protoBytes = Array((isSecure ? "https" : "http").utf8)
        let portBytes = Array((port.map(String.init) ?? "").utf8)
        let layout = hostBytes + protoBytes + portBytes
        constants = .allocate(capacity: layout.count)
        constants.initialize(from: layout, count: layout.count)
        self.host = ByteRange(0, hostBytes.count)
        proto = ByteRange(hostBytes.count, hostBytes.count + protoBytes.count)
        self.port = ByteRange(hostBytes.count + protoBytes.count, layout.count)
        self.rules = CompiledRules(rules)
        ruledTrailers = RuledTrailers(rules.names)
        self.fields = fields.subtracting(ForwardingFields(rules.kinds))
        keepsHost = preservesHost && rules.host == nil
        growthBytes = RequestPlan.growthBytesMax + hostBytes.count + self.rules.bytesMax

        let hopByHop = FieldKinds([
            .connection, .keepAlive, .proxyConnection, .te, .upgrade, .http2Settings, .nominated, .lookalike, .proxy,
            .transferEncoding, .expect, .poolWorker, .poolError,
        ])
        let identity = FieldKinds([
            .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xForwardedOther, .xRealIP,
            .xRequestID, .xRequestStart,
        ])
        dropped = hopByHop.union(identity).rawValue
        // These two are written anew with what came in them; the others stay where they are.
        droppedIfTrusted = hopByHop.rawValue | FieldKinds([.xForwardedFor, .forwarded]).rawValue
    }

    deinit {
        constants.deallocate()
        rules.deallocate()
    }

    /// How many bytes ``write(_:_:fields:_:to:)`` may write for this head.
    package func outputBytesMax(_ head: RequestHead) -> Int { head.consumed + growthBytes }

    /// Writes the head that goes to the worker, its empty line included. The head is complete and without a fault.
    ///
    /// - Parameter fields: the table of the parser that read the head, unchanged since.
    /// - Returns: the bytes written.
    package func write(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        fields table: UnsafePointer<HeadField>,
        _ context: Context,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        writeRequestLine(head, raw, &writer)
        var drops = context.isTrusted ? droppedIfTrusted : dropped
        let keepsOwnHost = keepsHost && head.form != .absolute && !head.authority.isEmpty
        if !keepsOwnHost {
            drops |= FieldKinds(.host).rawValue
            writer.append("Host: ")
            if keepsHost && !head.authority.isEmpty {
                writer.append(head.authority, of: raw)
            } else {
                writer.append(host, of: UnsafePointer(constants))
            }
            writer.append("\r\n")
        }
        if head.facts.kinds.has(.maxForwards), let left = MaxForwards.read(head, raw, fields: table) {
            drops |= FieldKinds(.maxForwards).rawValue
            writer.append("Max-Forwards: ")
            writer.append(decimal: left - min(left, 1))
            writer.append("\r\n")
        }
        FieldCopy.append(head.facts, raw, table, drops: drops, rules: rules, to: &writer)
        writeConnection(head, raw, context, &writer)
        writeIdentity(head, raw, table, context, &writer)
        rules.appendBlock(to: &writer)
        writer.append("\r\n")
        return writer.count
    }

    /// Always HTTP/1.1, always in origin form (or `*`).
    @inline(__always)
    private func writeRequestLine(_ head: RequestHead, _ raw: UnsafePointer<UInt8>, _ writer: inout ByteWriter) {
        writer.append(head.methodRange, of: raw)
        writer.append(ASCII.space)
        if head.form == .absolute {
            // RFC 9112, 3.2.4: OPTIONS of a whole server, sent through a proxy.
            if head.path.isEmpty && head.method == .options {
                writer.append(UInt8(ascii: "*"))
            } else if head.path.isEmpty || raw[Int(head.path.start)] != ASCII.slash {
                writer.append(ASCII.slash)
            }
        }
        writer.append(head.path, of: raw)
        writer.append(" HTTP/1.1\r\n")
    }

    /// The fields of this hop, written by us.
    @inline(__always)
    private func writeConnection(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ context: Context,
        _ writer: inout ByteWriter
    ) {
        if head.isChunked { writer.append("Transfer-Encoding: chunked\r\n") }
        if head.expectsContinue { writer.append("Expect: 100-continue\r\n") }
        if head.isWebSocket && context.allowsUpgrade {
            writer.append("Connection: Upgrade\r\nUpgrade: ")
            writer.append(head.facts.upgrade, of: raw)
            writer.append("\r\n")
        }
    }

    @inline(__always)
    private func writeIdentity(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ table: UnsafePointer<HeadField>,
        _ context: Context,
        _ writer: inout ByteWriter
    ) {
        let kept = context.isTrusted ? head.facts.kinds : FieldKinds(rawValue: 0)
        let constants = UnsafePointer(constants)
        if fields.contains(.xFor) {
            writer.append("X-Forwarded-For: ")
            if kept.has(.xForwardedFor) { appendValues(of: .xForwardedFor, head, raw, table, &writer) }
            appendPeer(context.peer, &writer)
            writer.append("\r\n")
        }
        if fields.contains(.xProto) && !kept.has(.xForwardedProto) {
            writer.append("X-Forwarded-Proto: ")
            writer.append(proto, of: constants)
            writer.append("\r\n")
        }
        if fields.contains(.xHost) && !kept.has(.xForwardedHost) && !head.authority.isEmpty {
            writer.append("X-Forwarded-Host: ")
            writer.append(head.authority, of: raw)
            writer.append("\r\n")
        }
        if fields.contains(.xPort) && !kept.has(.xForwardedPort) && !port.isEmpty {
            writer.append("X-Forwarded-Port: ")
            writer.append(port, of: constants)
            writer.append("\r\n")
        }
        if fields.contains(.realIP) && !kept.has(.xRealIP) && !context.peer.isEmpty {
            writer.append("X-Real-IP: ")
            appendPeer(context.peer, &writer)
            writer.append("\r\n")
        }
        if fields.contains(.forwarded) { writeForwarded(head, raw, table, kept, context, &writer) }
        if fields.contains(.requestID) && !kept.has(.xRequestID) {
            writer.append("X-Request-ID: ")
            writer.append(hexadecimal: context.requestID.0)
            writer.append(hexadecimal: context.requestID.1)
            writer.append("\r\n")
        }
        if context.queuedAtMilliseconds != 0 && !kept.has(.xRequestStart) {
            writer.append("X-Request-Start: t=")
            writer.append(thousandths: context.queuedAtMilliseconds)
            writer.append("\r\n")
        }
        if fields.contains(.via) { writer.append("Via: 1.1 pool\r\n") }
    }

    /// `for=192.0.2.1;host="example.org";proto=http`, IPv6 as `for="[2001:db8::1]"`.
    @inline(__always)
    private func writeForwarded(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ table: UnsafePointer<HeadField>,
        _ kept: FieldKinds,
        _ context: Context,
        _ writer: inout ByteWriter
    ) {
        writer.append("Forwarded: ")
        if kept.has(.forwarded) { appendValues(of: .forwarded, head, raw, table, &writer) }
        let peer = context.peer
        let isIPv6 = peer.baseAddress.map { memchr($0, Int32(ASCII.colon), peer.count) != nil } ?? false
        writer.append(isIPv6 ? "for=\"[" : "for=")
        appendPeer(peer, &writer)
        writer.append(isIPv6 ? "]\"" : "")
        if !head.authority.isEmpty {
            // An authority holds neither a quote nor a backslash.
            writer.append(";host=\"")
            writer.append(head.authority, of: raw)
            writer.append("\"")
        }
        writer.append(";proto=")
        writer.append(proto, of: UnsafePointer(constants))
        writer.append("\r\n")
    }

    @inline(__always)
    private func appendPeer(_ peer: UnsafeBufferPointer<UInt8>, _ writer: inout ByteWriter) {
        if let base = peer.baseAddress, peer.count > 0 {
            writer.append(base, min(peer.count, 64))
        } else {
            writer.append("unknown")
        }
    }

    /// All values of a kind as one list, with a comma at its end. Never longer than the lines that they came in.
    @inline(never)
    private func appendValues(
        of kind: FieldKind,
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ table: UnsafePointer<HeadField>,
        _ writer: inout ByteWriter
    ) {
        for index in 0..<head.facts.fieldsCount where table[index].kind == kind && !table[index].value.isEmpty {
            writer.append(table[index].value, of: raw)
            writer.append(", ")
        }
    }
}
