internal import Glibc

/// The head of an HTTP/2 request, field by field, and its form as a head of HTTP/1.1 (RFC 9113, 8.2 and 8.3).
///
/// The text is then read by ``HeadParser`` like any other: one parser, one set of rules and limits for all versions. What
/// could change the meaning of the text on that way is refused here: a byte that ends a line or a token, a second
/// authority, a target in another form.
///
///     head.begin(limit: …)
///     for each field: head.add(name, nameCount, value, valueCount)
///     head.conclude(hasBody: …)
///     if head.fault != .none { refuse } else { head.write(to: out) }   // room for head.textBytesMax
package struct StreamHead: ~Copyable {
    /// What is wrong with it, the first thing; known for certain once it is concluded.
    package private(set) var fault = HTTPFault.none
    /// Bytes of names and values, with 32 for each field, as SETTINGS_MAX_HEADER_LIST_SIZE counts them. Beyond the limit
    /// nothing is kept any more; they are counted all the same.
    package private(set) var listBytes = 0
    package var isHead: Bool { isValue(method, "HEAD") }
    /// An extended CONNECT (RFC 8441) that opens a WebSocket.
    package private(set) var isWebSocket = false
    /// The body goes on in chunks, because its length is not known.
    package private(set) var isChunked = false

    private var limit = 0
    /// Values of pseudo-header fields and cookies.
    private var pieces = GrowingBytes()
    /// Lines of the text, but for the first.
    private var lines = GrowingBytes()
    private var method = ByteRange.none
    private var path = ByteRange.none
    private var authority = ByteRange.none
    private var host = ByteRange.none
    private var scheme = ByteRange.none
    private var tunnelProtocol = ByteRange.none
    private var cookies = GrowingBytes(capacity: 64)
    private var hasLength = false
    private var hasBody = false

    package init() {}

    /// Begins a new head, of so many bytes at most: beyond, ``HTTPFault/headTooLarge``.
    package mutating func begin(limit: Int) {
        self.limit = limit
        fault = .none
        listBytes = 0
        pieces.clear()
        lines.clear()
        cookies.clear()
        method = .none
        path = .none
        authority = .none
        host = .none
        scheme = .none
        tunnelProtocol = .none
        isWebSocket = false
        isChunked = false
        hasLength = false
        hasBody = false
    }

    /// Takes a field. The name of a regular one is in lower case, as the protocol has it.
    package mutating func add(
        _ name: UnsafePointer<UInt8>,
        _ nameCount: Int,
        _ value: UnsafePointer<UInt8>,
        _ valueCount: Int
    ) {
        listBytes += nameCount + valueCount + 32
        guard fault == .none else { return }
        guard listBytes <= limit else {
            fault = .headTooLarge
            return
        }
        guard firstControl(value, from: 0, to: valueCount) == valueCount else {
            fault = .controlByte
            return
        }
        if nameCount > 0 && name[0] == ASCII.colon {
            addPseudo(name, nameCount, value, valueCount)
        } else {
            addField(name, nameCount, value, valueCount)
        }
    }

    private mutating func addPseudo(
        _ name: UnsafePointer<UInt8>,
        _ nameCount: Int,
        _ value: UnsafePointer<UInt8>,
        _ valueCount: Int
    ) {
        let range = keep(value, valueCount)
        // Each may come once, which the library sees to; of two, the last would be believed, and the text be one.
        if isFolded(name, nameCount, ":method") {
            method = range
            if !ByteClass.all(value, valueCount, are: ByteClass.token) { fault = .methodInvalid }
        } else if isFolded(name, nameCount, ":path") {
            path = range
            if !ByteClass.all(value, valueCount, are: ByteClass.target) { fault = .targetInvalid }
        } else if isFolded(name, nameCount, ":authority") {
            authority = range
        } else if isFolded(name, nameCount, ":scheme") {
            scheme = range
        } else if isFolded(name, nameCount, ":protocol") {
            tunnelProtocol = range
        } else {
            fault = .nameInvalid
        }
    }

    private mutating func addField(
        _ name: UnsafePointer<UInt8>,
        _ nameCount: Int,
        _ value: UnsafePointer<UInt8>,
        _ valueCount: Int
    ) {
        guard nameCount > 0, ByteClass.all(name, nameCount, are: ByteClass.token) else {
            fault = nameCount == 0 ? .nameEmpty : .nameInvalid
            return
        }
        switch FieldKind(name: name, count: nameCount) {
        case .host:
            if !host.isEmpty { fault = .hostRepeated }
            host = keep(value, valueCount)
            return
        case .cookie:
            // Crumbs of one field (RFC 9113, 8.2.3).
            if cookies.count > 0 { cookies.append("; ") }
            cookies.append(value, valueCount)
            return
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .http2Settings:
            // RFC 9113, 8.2.2: what is between two neighbours has no place here.
            fault = .connectionField
            return
        case .te:
            // Trailers are passed on whether asked for or not.
            if !isFolded(value, valueCount, "trailers") { fault = .connectionField }
            return
        case .contentLength: hasLength = true
        // The worker gets a key of the proxy's (RFC 8441, 5: there is none in HTTP/2), and of two it may believe either.
        case .other where !tunnelProtocol.isEmpty && isFolded(name, nameCount, "sec-websocket-key"): return
        default: break
        }
        lines.append(name, nameCount)
        lines.append(": ")
        lines.append(value, valueCount)
        lines.append("\r\n")
    }

    /// All fields have come.
    package mutating func conclude(hasBody: Bool) {
        self.hasBody = hasBody
        guard fault == .none else { return }
        if isValue(method, "CONNECT") && !tunnelProtocol.isEmpty {
            guard isValue(tunnelProtocol, "websocket") else {
                fault = .connectRefused
                return
            }
            isWebSocket = true
            if hasLength { fault = .contentLengthInvalid }
        }
        isChunked = hasBody && !hasLength && !isWebSocket
        guard fault == .none else { return }
        fault = targetFault()
    }

    private func targetFault() -> HTTPFault {
        if method.isEmpty { return .methodInvalid }
        if !host.isEmpty && !authority.isEmpty {
            // RFC 9113, 8.3.1: two authorities must be one.
            guard host.count == authority.count, isFolded(at(host), at(authority), Int(host.count)) else {
                return .hostRepeated
            }
        }
        if isValue(method, "CONNECT") && !isWebSocket { return .connectRefused }
        if !isFolded(at(scheme), Int(scheme.count), "https") && !isFolded(at(scheme), Int(scheme.count), "http") {
            return .schemeUnsupported
        }
        if isValue(path, "*") && isValue(method, "OPTIONS") { return .none }
        return path.isEmpty || at(path)[0] != ASCII.slash ? .targetFormMismatch : .none
    }

    /// Room that the text needs.
    package var textBytesMax: Int { pieces.count + lines.count + cookies.count + 256 }

    /// Writes the head of HTTP/1.1; its bytes. There is no fault.
    ///
    /// - Parameter key: the random bits of a WebSocket's key, which HTTP/2 has no use for.
    package borrowing func write(key: (UInt64, UInt64), to out: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = ByteWriter(out)
        let raw = UnsafePointer(pieces.base)
        if isWebSocket { writer.append("GET") } else { writer.append(method, of: raw) }
        writer.append(ASCII.space)
        writer.append(path, of: raw)
        writer.append(" HTTP/1.1\r\n")
        if !authority.isEmpty || !host.isEmpty {
            writer.append("host: ")
            writer.append(authority.isEmpty ? host : authority, of: raw)
            writer.append("\r\n")
        }
        writer.append(lines.base, lines.count)
        if cookies.count > 0 {
            writer.append("cookie: ")
            writer.append(cookies.base, cookies.count)
            writer.append("\r\n")
        }
        if isWebSocket {
            writer.append("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ")
            WebSocketKey.append(key, to: &writer)
            writer.append("\r\n")
        } else if isChunked {
            writer.append("transfer-encoding: chunked\r\n")
        } else if !hasBody && !hasLength && mayHaveBody {
            // RFC 9110, 8.6: that there is none is worth saying for these.
            writer.append("content-length: 0\r\n")
        }
        writer.append("\r\n")
        return writer.count
    }

    private var mayHaveBody: Bool { isValue(method, "POST") || isValue(method, "PUT") || isValue(method, "PATCH") }

    private mutating func keep(_ value: UnsafePointer<UInt8>, _ count: Int) -> ByteRange {
        let start = pieces.count
        pieces.append(value, count)
        return ByteRange(start, pieces.count)
    }

    private func at(_ range: ByteRange) -> UnsafePointer<UInt8> { UnsafePointer(pieces.base) + Int(range.start) }

    private func isValue(_ range: ByteRange, _ literal: StaticString) -> Bool {
        Int(range.count) == literal.utf8CodeUnitCount && memcmp(at(range), literal.utf8Start, Int(range.count)) == 0
    }
}

/// The nonce of a WebSocket handshake: 16 bytes in base64 (RFC 6455, 4.1).
enum WebSocketKey {
    static func append(_ key: (UInt64, UInt64), to writer: inout ByteWriter) {
        let digits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        // 128 bits are 21 digits and 2 bits more.
        var high = key.0
        var low = key.1
        for _ in 0..<21 {
            writer.append(digits.utf8Start[Int(high >> 58)])
            high = high << 6 | low >> 58
            low <<= 6
        }
        writer.append(digits.utf8Start[Int(high >> 58)])
        writer.append("==")
    }
}
