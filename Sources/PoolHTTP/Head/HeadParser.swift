/// Reads heads of HTTP/1.x messages strictly: every byte checked, nothing guessed, nothing allocated.
///
/// One parser per loop (or per connection on a cold path); it owns the table of fields of the head parsed last.
///
///     let parser = HeadParser(HeadLimits())
///     let head = parser.request(bytes, count)
///     if head.fault != .none { answer head.fault.status, close }
///     else if head.consumed == 0 { keep the bytes, read more }
///     else { plan.write(head, fields: parser.fields, …) }
///
/// The verdict on a message does not depend on how its bytes were split over reads. With an incomplete head in hand,
/// parse again only when the new bytes hold an LF or ``HeadLimits/headBytesMax`` is reached: then a client that sends
/// byte by byte costs no more than its lines.
package final class HeadParser {
    // State: `fields`, written by each parse, valid until the next one. Used by one thread at a time.

    /// Options of all Connection fields of a head. Beyond: the message is refused.
    package static let connectionOptionsMax = 32

    package let limits: HeadLimits
    /// The fields of the head parsed last, in their order: `fieldsCount` of them are set.
    package let fields: UnsafeMutablePointer<HeadField>

    package init(_ limits: HeadLimits = HeadLimits()) {
        self.limits = limits
        fields = .allocate(capacity: limits.fieldsMax)
        fields.initialize(
            repeating: HeadField(start: 0, valueStart: 0, valueEnd: 0, nameCount: 0, kind: .other),
            count: limits.fieldsMax
        )
    }

    deinit { fields.deallocate() }

    /// Reads the field lines from `start` on, up to and with the empty line.
    ///
    /// - Returns: the offset behind the empty line; 0 where bytes are missing; -1 with `fault` set.
    @inline(__always)
    func scanFields(
        _ raw: UnsafePointer<UInt8>,
        from start: Int,
        to end: Int,
        into facts: inout HeadFacts,
        fault: inout HTTPFault
    ) -> Int {
        let table = ByteClass.table
        var position = start
        var kinds: UInt64 = 0
        var found = 0
        while true {
            let lineEnd = firstControl(raw, from: position, to: end)
            if lineEnd &+ 1 >= end {
                if lineEnd < end && raw[lineEnd] != ASCII.carriageReturn { fault = controlFault(raw[lineEnd]) }
                return fault == .none ? 0 : -1
            }
            if raw[lineEnd] != ASCII.carriageReturn || raw[lineEnd &+ 1] != ASCII.lineFeed {
                fault = controlFault(raw[lineEnd])
                return -1
            }
            if lineEnd == position { break }

            var cursor = position
            // The CR at the line's end is no token character, so the loop needs no bound.
            while table[Int(raw[cursor])] & ByteClass.plainToken != 0 { cursor &+= 1 }
            let hasUnderscore = raw[cursor] == ASCII.underscore
            if hasUnderscore { while table[Int(raw[cursor])] & ByteClass.token != 0 { cursor &+= 1 } }
            let nameCount = cursor &- position
            if raw[cursor] != ASCII.colon || nameCount == 0 || nameCount > Int(UInt16.max) {
                fault = nameFault(raw, position, cursor, lineEnd)
                return -1
            }
            var valueStart = cursor &+ 1
            while ASCII.isBlank(raw[valueStart]) { valueStart &+= 1 }
            var valueEnd = lineEnd
            while valueEnd > valueStart && ASCII.isBlank(raw[valueEnd &- 1]) { valueEnd &-= 1 }

            if found == limits.fieldsMax {
                fault = .fieldsTooMany
                return -1
            }
            var kind = FieldKind(name: raw + position, count: nameCount)
            if hasUnderscore && kind == .other {
                kind = lookalikeKind(raw + position, nameCount)
            }
            if kind != .other {
                fault = note(
                    kind,
                    raw,
                    valueStart,
                    valueEnd,
                    isRepeated: kinds >> UInt64(kind.rawValue) & 1 != 0,
                    &facts
                )
                if fault != .none { return -1 }
                kinds |= 1 << UInt64(kind.rawValue)
            }
            fields[found] = HeadField(
                start: UInt32(truncatingIfNeeded: position),
                valueStart: UInt32(truncatingIfNeeded: valueStart),
                valueEnd: UInt32(truncatingIfNeeded: valueEnd),
                nameCount: UInt16(truncatingIfNeeded: nameCount),
                kind: kind
            )
            found &+= 1
            position = lineEnd &+ 2
        }
        facts.kinds = FieldKinds(rawValue: kinds)
        facts.fieldsCount = found
        facts.fieldsEnd = position
        if facts.options.contains(.others), !dropNominated(raw, &facts) {
            fault = .connectionOptionsTooMany
            return -1
        }
        return position &+ 2
    }

    /// Takes a field of a known kind into the facts, or says what is wrong with it.
    @inline(__always)
    private func note(
        _ kind: FieldKind,
        _ raw: UnsafePointer<UInt8>,
        _ start: Int,
        _ end: Int,
        isRepeated: Bool,
        _ facts: inout HeadFacts
    ) -> HTTPFault {
        switch kind {
        case .host:
            if isRepeated { return .hostRepeated }
            facts.host = ByteRange(start, end)
        case .contentLength:
            if isRepeated { return .contentLengthRepeated }
            if facts.isChunked { return .contentLengthAndTransferEncoding }
            facts.contentLength = decimal(raw, start, end)
            if facts.contentLength < 0 { return .contentLengthInvalid }
        case .transferEncoding:
            if facts.contentLength >= 0 { return .contentLengthAndTransferEncoding }
            if isRepeated || !isFolded(raw + start, end &- start, "chunked") {
                return isRepeated ? .transferEncodingInvalid : TransferCoding.fault(raw, start, end)
            }
            facts.isChunked = true
        case .connection: facts.options.formUnion(ConnectionOptions.read(raw, start, end))
        case .upgrade: facts.upgrade = isRepeated ? .none : ByteRange(start, end)
        case .keepAlive: facts.keepAlive = ByteRange(start, end)
        default: break
        }
        return .none
    }

    /// Marks the fields that Connection names. Fields that frame, route or identify the message are not for a client to
    /// remove by naming them: there the option is without effect, which leaves one reading of the message.
    ///
    /// - Returns: false where there are more than any peer has a use for: each is compared with each field.
    @inline(never)
    private func dropNominated(_ raw: UnsafePointer<UInt8>, _ facts: inout HeadFacts) -> Bool {
        var left = HeadParser.connectionOptionsMax
        for index in 0..<facts.fieldsCount where fields[index].kind == .connection {
            var list = TokenList(raw, fields[index].value)
            while let option = list.next() {
                guard left > 0 else { return false }
                left &-= 1
                for other in 0..<facts.fieldsCount {
                    let field = fields[other]
                    guard field.nameCount == option.count, field.kind == .other || field.kind == .cookie,
                        isFolded(raw + Int(field.start), raw + Int(option.start), Int(option.count))
                    else { continue }
                    fields[other].kind = .nominated
                    facts.kinds.formUnion(FieldKinds(.nominated))
                }
            }
        }
        return true
    }
}

/// What a control byte in a head means.
@inline(never)
func controlFault(_ byte: UInt8) -> HTTPFault {
    switch byte {
    case ASCII.lineFeed: .bareLineFeed
    case ASCII.carriageReturn: .bareCarriageReturn
    default: .controlByte
    }
}

/// Why a line is not a field: the name stopped at `cursor`, and no colon is there, or no name before it.
@inline(never)
private func nameFault(_ raw: UnsafePointer<UInt8>, _ start: Int, _ cursor: Int, _ lineEnd: Int) -> HTTPFault {
    if cursor == start {
        return ASCII.isBlank(raw[cursor]) ? .foldedLine : raw[cursor] == ASCII.colon ? .nameEmpty : .nameInvalid
    }
    if raw[cursor] == ASCII.colon { return .headTooLarge }
    if cursor == lineEnd { return .colonMissing }
    var next = cursor
    while ASCII.isBlank(raw[next]) { next += 1 }
    return next > cursor && raw[next] == ASCII.colon ? .spaceBeforeColon : .nameInvalid
}

/// A name with underscores: what it is once a CGI-like server (WSGI too) has folded `_` and `-`.
///
/// `X_Forwarded_For` would overwrite the field that the proxy writes, and `Content_Length` the framing. Such names are
/// dropped. All other names with underscores go on (nginx drops them all), because applications use them.
@inline(never)
private func lookalikeKind(_ name: UnsafePointer<UInt8>, _ count: Int) -> FieldKind {
    guard count <= 64 else { return .other }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { folded in
        guard let base = folded.baseAddress else { return .lookalike }
        for index in 0..<count { base[index] = name[index] == UInt8(ascii: "_") ? UInt8(ascii: "-") : name[index] }
        return FieldKind(name: UnsafePointer(base), count: count) == .other ? .other : .lookalike
    }
}

/// A number of 1 to 18 decimal digits and nothing else, or -1.
@inline(__always)
func decimal(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    if end == start || end &- start > 18 { return -1 }
    var value = 0
    var index = start
    while index < end {
        let digit = raw[index] &- ASCII.zero
        if digit > 9 { return -1 }
        value = value &* 10 &+ Int(digit)
        index &+= 1
    }
    return value
}
