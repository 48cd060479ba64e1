extension HeadParser {
    /// Reads a request head at the beginning of the bytes.
    ///
    /// - Returns: a head with a fault, or incomplete (`consumed` 0), or complete.
    package func request(_ raw: UnsafePointer<UInt8>, _ count: Int) -> RequestHead {
        var head = RequestHead()
        // Bytes beyond the limit are not looked at, so that the verdict is the same however the bytes were split.
        let end = min(count, limits.headBytesMax)
        let start = skipEmptyLines(raw, end, &head.fault)
        if head.fault != .none || start == end { return head }

        let fieldsStart = requestLine(raw, start, end, &head)
        if fieldsStart == 0 {
            if head.fault == .none && end == limits.headBytesMax { head.fault = .headTooLarge }
            return head
        }
        let consumed = scanFields(raw, from: fieldsStart, to: end, into: &head.facts, fault: &head.fault)
        if consumed <= 0 {
            if head.fault == .none && end == limits.headBytesMax { head.fault = .headTooLarge }
            return head
        }
        head.fault = conclude(raw, &head)
        if head.fault == .none { head.consumed = consumed }
        return head
    }

    /// RFC 9112, 2.2: an empty line before the request line is ignored; here up to two, which some old clients send
    /// after a body.
    @inline(__always)
    private func skipEmptyLines(_ raw: UnsafePointer<UInt8>, _ end: Int, _ fault: inout HTTPFault) -> Int {
        var start = 0
        while start < end && raw[start] < ASCII.space {
            if raw[start] != ASCII.carriageReturn {
                // 22, 3: the first bytes of a TLS record that holds a ClientHello.
                fault = raw[start] == 22 && start == 0 ? .tlsHandshake : controlFault(raw[start])
                return start
            }
            if start &+ 1 == end { return end }
            if raw[start &+ 1] != ASCII.lineFeed {
                fault = .bareCarriageReturn
                return start
            }
            if start == 4 {
                fault = .emptyLinesFirst
                return start
            }
            start &+= 2
        }
        return start
    }

    /// - Returns: the offset behind the request line, or 0 where bytes are missing or there is a fault.
    @inline(__always)
    private func requestLine(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ head: inout RequestHead) -> Int {
        let limit = min(end, start &+ limits.requestLineBytesMax &+ 1)
        let lineEnd = firstControl(raw, from: start, to: limit)
        if lineEnd == limit {
            if limit &- start > limits.requestLineBytesMax { head.fault = .requestLineTooLong }
            return 0
        }
        if raw[lineEnd] != ASCII.carriageReturn {
            head.fault = controlFault(raw[lineEnd])
            return 0
        }
        if lineEnd &+ 1 == end { return 0 }
        if raw[lineEnd &+ 1] != ASCII.lineFeed {
            head.fault = .bareCarriageReturn
            return 0
        }
        head.fault = split(raw, start, lineEnd, &head)
        return head.fault == .none ? lineEnd &+ 2 : 0
    }

    /// Splits `METHOD SP target SP HTTP/1.x`, one space each.
    @inline(__always)
    private func split(
        _ raw: UnsafePointer<UInt8>,
        _ start: Int,
        _ lineEnd: Int,
        _ head: inout RequestHead
    ) -> HTTPFault {
        let table = ByteClass.table
        var cursor = start
        while table[Int(raw[cursor])] & ByteClass.token != 0 { cursor &+= 1 }
        if cursor == start || raw[cursor] != ASCII.space { return .methodInvalid }
        head.methodRange = ByteRange(start, cursor)
        head.method = HTTPMethod(raw + start, cursor &- start)

        let targetStart = cursor &+ 1
        // A method, a space, a target of at least one byte, a space and eight bytes of version.
        let targetEnd = lineEnd &- 9
        if targetEnd <= targetStart { return .requestLineInvalid }
        let version = load64(raw, lineEnd &- 8)
        if raw[targetEnd] != ASCII.space { return .requestLineInvalid }
        // "HTTP/1." and a digit, as the little-endian word that it is in memory.
        if version & 0x00ff_ffff_ffff_ffff != 0x002e_312f_5054_5448 || version >> 56 & 0xfe != 0x30 {
            return versionFault(raw, start, lineEnd)
        }
        head.isHTTP10 = version >> 56 == 0x30
        head.target = ByteRange(targetStart, targetEnd)
        if !ByteClass.all(raw + targetStart, targetEnd &- targetStart, are: ByteClass.target) { return .targetInvalid }
        if raw[targetStart] == ASCII.slash && head.method != .connect {
            head.path = head.target
            return .none
        }
        return RequestTarget.read(raw, &head)
    }

    @inline(never)
    private func versionFault(_ raw: UnsafePointer<UInt8>, _ start: Int, _ lineEnd: Int) -> HTTPFault {
        let version = raw + (lineEnd - 8)
        guard isFolded(version, 5, "http/"), version[0] == UInt8(ascii: "H"), ASCII.isDigit(version[5]),
            version[6] == UInt8(ascii: "."), ASCII.isDigit(version[7])
        else { return .requestLineInvalid }
        let isPreface = lineEnd - start == 14 && isFolded(raw + start, 14, "pri * http/2.0")
        return isPreface ? .http2Preface : .versionUnsupported
    }

    /// What can be said once all fields are known.
    @inline(__always)
    private func conclude(_ raw: UnsafePointer<UInt8>, _ head: inout RequestHead) -> HTTPFault {
        let options = head.facts.options
        if head.facts.kinds.has(.host) {
            if !Authority.isValid(raw, head.facts.host) { return .hostInvalid }
            if head.form != .absolute { head.authority = head.facts.host }
        } else if !head.isHTTP10 {
            return .hostMissing
        }
        if head.isHTTP10 {
            if head.facts.isChunked { return .transferEncodingInHTTP10 }
            head.isPersistent = options.contains(.keepAlive) && !options.contains(.close)
        } else {
            head.isPersistent = !options.contains(.close)
        }
        if head.method == .trace && (head.facts.isChunked || head.facts.contentLength >= 0) { return .bodyInTrace }
        if head.facts.kinds.has(.expect) {
            if !hasOnlyContinue(raw, head.facts.fieldsCount) { return .expectationUnsupported }
            head.expectsContinue = !head.isHTTP10
        }
        if options.contains(.upgrade) && !head.isHTTP10 && !head.hasBody {
            let upgrade = head.facts.upgrade
            head.isWebSocket =
                head.method == .get && isFolded(raw + Int(upgrade.start), Int(upgrade.count), "websocket")
        }
        return .none
    }

    @inline(never)
    private func hasOnlyContinue(_ raw: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where fields[index].kind == .expect {
            let value = fields[index].value
            if !isFolded(raw + Int(value.start), Int(value.count), "100-continue") { return false }
        }
        return true
    }
}
