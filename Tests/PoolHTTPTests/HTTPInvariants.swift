import PoolHTTP

/// What must hold for any bytes whatever. Shared by the seeded tests and the fuzz targets; each check returns what is
/// violated, or nil.
enum HTTPInvariants {
    private static let plan = RequestPlan(fields: ForwardingFields.all.subtracting(.via), port: 80)
    private static let bare = RequestPlan(fields: [])
    /// How many prefixes of a head are tried.
    private static let splitsMax = 40
    private static let limits = HeadLimits(headBytesMax: 4096, requestLineBytesMax: 1024, fieldsMax: 32)

    /// Request heads: the verdict does not depend on the split; what goes on says what came in.
    static func request(_ bytes: [UInt8]) -> String? {
        let whole = ParsedRequest(bytes, limits: limits)
        if let violation = split(
            bytes,
            whole.head.fault,
            whole.head.consumed,
            { ParsedRequest($0, limits: limits).head.outcome }
        ) {
            return violation
        }
        guard whole.head.fault == .none, whole.head.consumed > 0 else { return nil }

        let forwarded = whole.rewrittenBytes(plan)
        let again = ParsedRequest(forwarded)
        guard again.head.fault == .none, again.head.consumed == again.count else {
            return "what is forwarded is refused: \(again.head.fault)"
        }
        guard whole.text(whole.head.methodRange) == again.text(again.head.methodRange) else { return "another method" }
        let path = whole.text(whole.head.path)
        guard again.text(again.head.path) == path || whole.head.form == .absolute else { return "another path" }
        guard !again.head.isHTTP10, again.head.form != .absolute else { return "another version or form" }
        guard whole.head.contentLength == again.head.contentLength, whole.head.isChunked == again.head.isChunked else {
            return "another framing"
        }
        guard whole.head.authority.isEmpty || whole.text(whole.head.authority) == again.text(again.head.authority)
        else {
            return "another host"
        }
        guard whole.head.expectsContinue == again.head.expectsContinue, whole.head.isWebSocket == again.head.isWebSocket
        else {
            return "another expectation or upgrade"
        }
        guard whole.passing == again.passing else { return "other fields: \(whole.passing) became \(again.passing)" }
        for kind in [FieldKind.xForwardedFor, .xRealIP, .forwarded, .xRequestID, .host] {
            guard again.fields.filter({ $0.kind == kind }).count == 1 else { return "not one \(kind)" }
        }
        // Forwarding what was forwarded changes nothing, but for what is counted down.
        let isCounted = whole.fields.contains { $0.kind == .maxForwards }
        guard isCounted || again.rewrittenBytes(bare) == whole.rewrittenBytes(bare) else {
            return "rewriting is not idempotent"
        }
        return naive(forwarded, startLine: again.text(again.head.line), fields: again.lines)
    }

    /// Response heads: likewise.
    static func response(_ bytes: [UInt8]) -> String? {
        let whole = ParsedResponse(bytes, limits: limits)
        if let violation = split(
            bytes,
            whole.head.fault,
            whole.head.consumed,
            { ParsedResponse($0, limits: limits).head.outcome }
        ) {
            return violation
        }
        guard whole.head.fault == .none, whole.head.consumed > 0 else { return nil }
        for (method, isHTTP10) in [(HTTPMethod.get, false), (.head, false), (.get, true)] {
            let delivery = whole.delivery(method: method, clientIsHTTP10: isHTTP10, sentUpgrade: true)
            let forwarded = whole.rewrittenBytes(method: method, clientIsHTTP10: isHTTP10, sentUpgrade: true)
            let again = ParsedResponse(forwarded)
            guard again.head.fault == .none, again.head.consumed == forwarded.count else {
                return "what is forwarded is refused: \(again.head.fault)"
            }
            guard again.head.status == whole.head.status else { return "another status" }
            let client = again.delivery(method: method, clientIsHTTP10: isHTTP10, sentUpgrade: true)
            guard (client.framing.mode == .none) == (delivery.framing.mode == .none) else {
                return "a body came or went"
            }
            if delivery.closesClient && !whole.head.isInterim {
                guard !again.head.isPersistent else { return "the client is not told of the close" }
            } else {
                guard client.framing == delivery.framing else { return "another framing" }
            }
        }
        return nil
    }

    /// A chunked body: the same verdict however it is split, and what is forwarded is a whole body only if it was.
    static func chunked(_ bytes: [UInt8]) -> String? {
        let whole = pass(bytes, piece: bytes.count)
        for piece in [1, 2, 3, 5, 8, 13] {
            let split = pass(bytes, piece: piece)
            guard split.framing.isDone == whole.framing.isDone, split.framing.fault == whole.framing.fault else {
                return "another verdict in pieces of \(piece)"
            }
            if whole.framing.fault == .none {
                guard split.forwarded == whole.forwarded, split.payload == whole.payload else { return "other bytes" }
            }
        }
        let again = pass(whole.forwarded, piece: max(1, whole.forwarded.count))
        guard again.framing.fault == .none else { return "what is forwarded is refused: \(again.framing.fault)" }
        guard again.framing.isDone == whole.framing.isDone else { return "what is forwarded ends elsewhere" }
        guard whole.framing.fault != .none || again.payload == whole.payload else { return "another payload" }
        guard again.forwarded == whole.forwarded else { return "forwarding is not idempotent" }
        return nil
    }

    /// A client's whole connection: every request is passed on, and what the worker receives is read by the careless
    /// reader too as exactly these requests with these bodies.
    static func exchange(_ bytes: [UInt8]) -> String? {
        var rest = bytes[...]
        var wire: [UInt8] = []
        var sent: [(line: String, fields: [String], body: [UInt8])] = []
        while !rest.isEmpty {
            let request = ParsedRequest(rest, limits: limits)
            guard request.head.fault == .none, request.head.consumed > 0 else { break }
            let framing = BodyFraming(of: request.head, bodyMax: 1 << 16)
            guard framing.fault == .none else { break }
            let body = pass(Array(rest.dropFirst(request.head.consumed)), piece: .max, framing)
            guard body.framing.isDone else { break }
            let forwarded = request.rewrittenBytes(plan)
            let again = ParsedRequest(forwarded)
            wire += forwarded + body.forwarded
            sent.append((again.text(again.head.line), again.lines, body.payload))
            rest = rest.dropFirst(request.head.consumed + body.consumed)
        }
        var reader = NaiveReader(wire)
        guard let seen = reader.messages() else { return "the worker waits for more than was sent" }
        guard seen.count == sent.count else { return "\(sent.count) requests became \(seen.count)" }
        for (message, request) in zip(seen, sent) {
            guard message.startLine == request.line, message.fields == request.fields, message.body == request.body
            else {
                return "another request: \(message) for \(request)"
            }
        }
        return nil
    }

    /// Every prefix is incomplete or refused for the same reason; every longer input has the same verdict.
    private static func split(
        _ bytes: [UInt8],
        _ fault: HTTPFault,
        _ consumed: Int,
        _ parse: (ArraySlice<UInt8>) -> (fault: HTTPFault, consumed: Int)
    ) -> String? {
        guard fault == .none || consumed == 0 else { return "consumed a faulty head" }
        guard consumed <= bytes.count else { return "consumed more than there is" }
        let counts = stride(from: 0, to: bytes.count, by: max(1, bytes.count / splitsMax))
        for count in counts {
            let part = parse(bytes.prefix(count))
            if consumed > 0 {
                let expected = count < consumed ? 0 : consumed
                guard part.fault == .none, part.consumed == expected else { return "\(count) bytes: \(part)" }
            } else {
                guard part.consumed == 0, part.fault == .none || part.fault == fault else {
                    return "\(count) bytes: \(part)"
                }
            }
        }
        return nil
    }

    private static func naive(_ forwarded: [UInt8], startLine: String, fields: [String]) -> String? {
        var reader = NaiveReader(forwarded)
        // With a body announced the reader waits for it: `exchange` looks at those.
        guard let seen = reader.messages() else { return nil }
        guard seen.count == 1, seen[0].startLine == startLine, seen[0].fields == fields else {
            return "another reader sees another request: \(seen)"
        }
        return nil
    }

    private static func pass(_ bytes: [UInt8], piece: Int, _ framing: BodyFraming = BodyFraming(chunkedUpTo: 1 << 20))
        -> (forwarded: [UInt8], payload: [UInt8], consumed: Int, framing: BodyFraming)
    {
        var forwarding = framing
        var reading = framing
        var forwarded: [UInt8] = []
        var payload: [UInt8] = []
        var consumed = 0
        var start = 0
        while start < bytes.count {
            let count = min(piece, bytes.count - start)
            Array(bytes[start..<start + count]).withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                var offset = 0
                while offset < count && !forwarding.isDone && forwarding.fault == .none {
                    let step = forwarding.take(base + offset, count - offset)
                    forwarded += buffer[offset..<offset + step.forward]
                    offset += step.consumed
                    consumed += step.consumed
                }
                offset = 0
                while offset < count && !reading.isDone && reading.fault == .none {
                    let part = reading.takePayload(base + offset, count - offset)
                    payload += buffer[offset + part.start..<offset + part.start + part.count]
                    offset += part.consumed
                }
            }
            start += count
        }
        precondition(reading.isDone == forwarding.isDone && reading.fault == forwarding.fault)
        return (forwarded, payload, consumed, forwarding)
    }
}

extension RequestHead {
    fileprivate var outcome: (fault: HTTPFault, consumed: Int) { (fault, consumed) }
}

extension ResponseHead {
    fileprivate var outcome: (fault: HTTPFault, consumed: Int) { (fault, consumed) }
}

extension ParsedRequest {
    /// Fields that must reach the worker, in their order.
    fileprivate var passing: [String] {
        fields.filter { [.other, .cookie, .accept, .date, .server, .via, .contentLength, .trailer].contains($0.kind) }
            .map { latin1($0.name) + ": " + latin1($0.value) }
    }

    /// All fields as the careless reader shows them.
    fileprivate var lines: [String] { fields.map { latin1($0.name).lowercased() + ": " + latin1($0.value) } }

    private func latin1(_ range: ByteRange) -> String {
        String(String.UnicodeScalarView(range.bytes(in: raw).map { Unicode.Scalar($0) }))
    }
}
