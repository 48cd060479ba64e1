/// Reads the response to one request out of what a connection delivers: for clients and probes, where comfort counts
/// more than speed. The same strict parser as the proxy's underneath.
///
///     var reader = ResponseReader(method: .get)
///     for event in try reader.read(bytes) {
///         switch event {
///         case .head(let head): head.status, head["content-type"]
///         case .body(let bytes): …
///         case .end: if reader.canReuse { keep the connection }
///         }
///     }
///     // at the end of the stream:
///     for event in try reader.finish() { … }
package struct ResponseReader {
    /// Status and fields of a final response.
    package struct Head: Hashable, Sendable {
        package var status: Int
        package var reason: String
        /// In their order, names as they came.
        package var fields: [(name: String, value: String)]

        /// The first value of a field; the name in any case.
        package subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        package static func == (left: Head, right: Head) -> Bool {
            left.status == right.status && left.reason == right.reason
                && left.fields.elementsEqual(right.fields, by: ==)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(status)
            for field in fields { hasher.combine(field.name) }
        }
    }

    package enum Event: Hashable, Sendable {
        case head(Head)
        /// A piece of the payload, without its chunk framing; never empty.
        case body([UInt8])
        case end
    }

    private enum Phase { case head, body, done }

    private let parser: HeadParser
    private let method: HTTPMethod
    private var phase = Phase.head
    private var held: [UInt8] = []
    private var framing = BodyFraming(count: 0)
    private var keepsWorker = false

    /// Bytes behind the response: a fault of the peer's, who was asked only once.
    package private(set) var excess = 0

    package init(method: HTTPMethod = .get, limits: HeadLimits = HeadLimits()) {
        self.method = method
        parser = HeadParser(limits)
    }

    /// Whether the response is complete and the connection can carry another request.
    package var canReuse: Bool { phase == .done && keepsWorker && excess == 0 }
    package var isDone: Bool { phase == .done }

    /// Takes what was read from the connection. Interim (1xx) responses are passed over.
    package mutating func read(_ bytes: some Collection<UInt8>) throws(HTTPFault) -> [Event] {
        var events: [Event] = []
        held.append(contentsOf: bytes)
        while phase == .head {
            guard let head = try nextHead() else { return events }
            if let head { events.append(.head(head)) }
        }
        if phase == .body { try readBody(&events) }
        if phase == .done {
            excess += held.count
            held = []
        }
        return events
    }

    /// The connection has ended: completes a body that ends with it, and refuses everything else that is open.
    package mutating func finish() throws(HTTPFault) -> [Event] {
        switch phase {
        case .done: return []
        case .head: throw .truncated
        case .body:
            guard framing.isCompleteAtEnd else { throw .truncated }
            phase = .done
            return [.end]
        }
    }

    /// nil: incomplete; `.some(nil)`: an interim response was taken.
    private mutating func nextHead() throws(HTTPFault) -> Head?? {
        guard !held.isEmpty else { return nil }
        var result: Head?? = .none
        var consumed = 0
        var fault = HTTPFault.none
        held.withUnsafeBufferPointer { buffer in
            guard let raw = buffer.baseAddress else { return }
            let head = parser.response(raw, buffer.count)
            fault = head.fault
            consumed = head.consumed
            guard fault == .none, consumed > 0 else { return }
            if head.isInterim {
                result = .some(nil)
                return
            }
            let delivery = ResponseDelivery(of: head, method: method, clientIsHTTP10: false, sentUpgrade: false)
            fault = delivery.fault
            framing = delivery.framing
            keepsWorker = delivery.keepsWorker
            result = .some(copy(head, raw))
        }
        guard fault == .none else { throw fault }
        held.removeFirst(consumed)
        if case .some(.some) = result { phase = .body }
        return result
    }

    private func copy(_ head: ResponseHead, _ raw: UnsafePointer<UInt8>) -> Head {
        var fields: [(name: String, value: String)] = []
        for index in 0..<head.facts.fieldsCount {
            let field = parser.fields[index]
            fields.append((field.name.text(in: raw), field.value.text(in: raw)))
        }
        return Head(status: head.status, reason: head.reason.text(in: raw), fields: fields)
    }

    private mutating func readBody(_ events: inout [Event]) throws(HTTPFault) {
        var used = 0
        var pieces: [Event] = []
        held.withUnsafeBufferPointer { buffer in
            guard let raw = buffer.baseAddress else { return }
            while used < buffer.count && !framing.isDone && framing.fault == .none {
                let piece = framing.takePayload(raw + used, buffer.count - used)
                if piece.count > 0 {
                    pieces.append(
                        .body(Array(UnsafeBufferPointer(start: raw + used + piece.start, count: piece.count)))
                    )
                }
                used += piece.consumed
            }
        }
        events += pieces
        guard framing.fault == .none else { throw framing.fault }
        held.removeFirst(used)
        if framing.isDone {
            phase = .done
            events.append(.end)
        }
    }
}
