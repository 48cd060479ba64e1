/// A parsed response head: plain numbers, offsets into the raw bytes.
package struct ResponseHead: Hashable, Sendable {
    /// Bytes of the head with its empty line; 0 while it is incomplete or faulty.
    package var consumed = 0
    package var fault = HTTPFault.none
    /// 100...999.
    package var status = 0
    package var isHTTP10 = false
    /// Whether the worker would take another request on the connection, as far as the head says: a body that ends with
    /// the connection denies it too (``ResponseDelivery``).
    package var isPersistent = false
    /// The reason phrase; may be empty.
    package var reason = ByteRange.none
    package var facts = HeadFacts()

    package init() {}

    package var contentLength: Int { facts.contentLength }
    package var isChunked: Bool { facts.isChunked }
    /// An interim answer: another one follows. 101 is a final one.
    package var isInterim: Bool { status < 200 && status != 101 }

    /// The idle limit of `Keep-Alive: timeout=N`, in seconds; nil without one. At most a day is believed.
    package func keepAliveSeconds(in raw: UnsafePointer<UInt8>) -> Int? {
        guard !facts.keepAlive.isEmpty else { return nil }
        var list = TokenList(raw, facts.keepAlive)
        while let parameter = list.next() {
            let start = Int(parameter.start)
            guard parameter.count > 8, isFolded(raw + start, 8, "timeout=") else { continue }
            let value = decimal(raw, start + 8, start + Int(parameter.count))
            return value < 0 ? nil : min(value, 86_400)
        }
        return nil
    }
}

extension HeadParser {
    /// Reads a response head at the beginning of the bytes: as strict as ``request(_:_:)``.
    package func response(_ raw: UnsafePointer<UInt8>, _ count: Int) -> ResponseHead {
        var head = ResponseHead()
        let end = min(count, limits.headBytesMax)
        let lineEnd = firstControl(raw, from: 0, to: end)
        if lineEnd &+ 1 >= end {
            if lineEnd < end && raw[lineEnd] != ASCII.carriageReturn { head.fault = controlFault(raw[lineEnd]) }
            if head.fault == .none && end == limits.headBytesMax { head.fault = .headTooLarge }
            return head
        }
        if raw[lineEnd] != ASCII.carriageReturn || raw[lineEnd &+ 1] != ASCII.lineFeed {
            head.fault = controlFault(raw[lineEnd])
            return head
        }
        head.fault = statusLine(raw, lineEnd, &head)
        if head.fault != .none { return head }
        let consumed = scanFields(raw, from: lineEnd &+ 2, to: end, into: &head.facts, fault: &head.fault)
        if consumed <= 0 {
            if head.fault == .none && end == limits.headBytesMax { head.fault = .headTooLarge }
            return head
        }
        let options = head.facts.options
        if head.isHTTP10 {
            if head.facts.isChunked {
                head.fault = .transferEncodingInHTTP10
                return head
            }
            head.isPersistent = options.contains(.keepAlive) && !options.contains(.close)
        } else {
            head.isPersistent = !options.contains(.close)
        }
        head.consumed = consumed
        return head
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason]`. The space before an empty reason is often forgotten: allowed.
    @inline(__always)
    private func statusLine(_ raw: UnsafePointer<UInt8>, _ lineEnd: Int, _ head: inout ResponseHead) -> HTTPFault {
        if lineEnd < 12 { return .statusLineInvalid }
        let version = load64(raw)
        if version & 0x00ff_ffff_ffff_ffff != 0x002e_312f_5054_5448 || version >> 56 & 0xfe != 0x30 {
            return .statusLineInvalid
        }
        head.isHTTP10 = version >> 56 == 0x30
        if raw[8] != ASCII.space { return .statusLineInvalid }
        head.status = decimal(raw, 9, 12)
        if head.status < 100 { return .statusInvalid }
        if lineEnd > 12 {
            if raw[12] != ASCII.space { return .statusLineInvalid }
            head.reason = ByteRange(13, lineEnd)
        }
        return .none
    }
}
