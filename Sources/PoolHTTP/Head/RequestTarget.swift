/// Request targets other than the usual path (RFC 9112, 3.2).
enum RequestTarget {
    /// Reads `*`, `http://host[:port][/path][?query]`; refuses the rest. The target's bytes are valid already.
    @inline(never)
    static func read(_ raw: UnsafePointer<UInt8>, _ head: inout RequestHead) -> HTTPFault {
        if head.method == .connect { return .connectRefused }
        let start = Int(head.target.start)
        let end = start + Int(head.target.count)
        if head.target.count == 1 && raw[start] == UInt8(ascii: "*") {
            guard head.method == .options else { return .targetFormMismatch }
            head.form = .asterisk
            head.path = head.target
            return .none
        }
        var cursor = start
        while cursor < end && raw[cursor] != ASCII.colon { cursor += 1 }
        guard end - cursor >= 3, raw[cursor + 1] == ASCII.slash, raw[cursor + 2] == ASCII.slash else {
            return .targetFormMismatch
        }
        let scheme = raw + start
        guard isFolded(scheme, cursor - start, "http") || isFolded(scheme, cursor - start, "https") else {
            return .schemeUnsupported
        }
        let authorityStart = cursor + 3
        cursor = authorityStart
        while cursor < end && raw[cursor] != ASCII.slash && raw[cursor] != ASCII.question {
            if raw[cursor] == ASCII.at { return .userInfo }
            cursor += 1
        }
        head.form = .absolute
        head.authority = ByteRange(authorityStart, cursor)
        head.path = ByteRange(cursor, end)
        return Authority.isValid(raw, head.authority) ? .none : .hostInvalid
    }
}

/// Host and port, as in Host fields and absolute targets.
enum Authority {
    /// Longer ones are refused: a DNS name has at most 253 bytes. Also what bounds the forwarding fields.
    static let bytesMax = 512

    /// Whether it is `host [":" port]` with a name, an IPv4 address or a bracketed IPv6 address, and a port up to 65535.
    ///
    /// Stricter than the grammar: not empty, no comma, no user information.
    @inline(__always)
    static func isValid(_ raw: UnsafePointer<UInt8>, _ range: ByteRange) -> Bool {
        let start = Int(range.start)
        let end = start &+ Int(range.count)
        if range.count == 0 || Int(range.count) > bytesMax { return false }
        let table = ByteClass.table
        var cursor = start
        if raw[start] == ASCII.openBracket {
            cursor = literalEnd(raw, start, end)
            if cursor == start { return false }
        } else {
            while cursor < end && table[Int(raw[cursor])] & ByteClass.host != 0 { cursor &+= 1 }
            if cursor == start { return false }
        }
        if cursor == end { return true }
        return raw[cursor] == ASCII.colon && isPort(raw, cursor &+ 1, end)
    }

    @inline(__always)
    private static func isPort(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if start == end { return true }
        let port = end &- start > 5 ? -1 : decimal(raw, start, end)
        return port >= 0 && port <= 65535
    }

    /// The offset behind `[…]` with hexadecimal digits, colons and dots, or `start` where it is something else.
    private static func literalEnd(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
        var cursor = start + 1
        var colons = 0
        while cursor < end && raw[cursor] != ASCII.closeBracket {
            let byte = raw[cursor]
            if byte == ASCII.colon { colons += 1 }
            guard
                byte == ASCII.colon || byte == UInt8(ascii: ".")
                    || ByteClass.table[Int(byte)] & ByteClass.hexDigit != 0
            else { return start }
            cursor += 1
        }
        return cursor < end && colons >= 2 && cursor - start <= 46 ? cursor + 1 : start
    }
}
