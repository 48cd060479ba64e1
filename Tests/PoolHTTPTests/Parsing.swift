import PoolHTTP

/// A request parsed from text, with everything that it points into kept alive.
final class ParsedRequest {
    let raw: UnsafeMutablePointer<UInt8>
    let count: Int
    let parser: HeadParser
    let head: RequestHead

    init(_ bytes: some Collection<UInt8>, limits: HeadLimits = HeadLimits()) {
        count = bytes.count
        raw = copied(bytes)
        parser = HeadParser(limits)
        head = parser.request(raw, bytes.count)
    }

    convenience init(_ text: String, limits: HeadLimits = HeadLimits()) { self.init(Array(text.utf8), limits: limits) }

    deinit { raw.deallocate() }

    func text(_ range: ByteRange) -> String { range.text(in: raw) }

    var fields: [HeadField] { (0..<head.facts.fieldsCount).map { parser.fields[$0] } }

    /// What goes on to the worker.
    func rewrittenBytes(
        _ plan: RequestPlan,
        peer: String = "192.0.2.7",
        _ change: (inout RequestPlan.Context) -> Void = { _ in }
    )
        -> [UInt8]
    {
        let peerBytes = Array(peer.utf8)
        return peerBytes.withUnsafeBufferPointer { buffer in
            var context = RequestPlan.Context(peer: buffer)
            change(&context)
            let room = plan.outputBytesMax(head)
            let out = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
            defer { out.deallocate() }
            let count = plan.write(head, raw, fields: parser.fields, context, to: out)
            precondition(count <= room)
            return Array(UnsafeBufferPointer(start: out, count: count))
        }
    }
}

extension ParsedRequest {
    /// What goes on to the worker, as text.
    func rewritten(
        _ plan: RequestPlan,
        peer: String = "192.0.2.7",
        _ change: (inout RequestPlan.Context) -> Void = { _ in }
    ) -> String {
        String(decoding: rewrittenBytes(plan, peer: peer, change), as: UTF8.self)
    }
}

/// A response parsed from text.
final class ParsedResponse {
    let raw: UnsafeMutablePointer<UInt8>
    let parser: HeadParser
    let head: ResponseHead

    init(_ bytes: some Collection<UInt8>, limits: HeadLimits = HeadLimits()) {
        raw = copied(bytes)
        parser = HeadParser(limits)
        head = parser.response(raw, bytes.count)
    }

    convenience init(_ text: String, limits: HeadLimits = HeadLimits()) { self.init(Array(text.utf8), limits: limits) }

    deinit { raw.deallocate() }

    func delivery(method: HTTPMethod = .get, clientIsHTTP10: Bool = false, sentUpgrade: Bool = false)
        -> ResponseDelivery
    {
        ResponseDelivery(of: head, method: method, clientIsHTTP10: clientIsHTTP10, sentUpgrade: sentUpgrade)
    }

    /// What goes on to the client.
    func rewrittenBytes(
        _ plan: ResponsePlan = ResponsePlan(),
        method: HTTPMethod = .get,
        clientIsHTTP10: Bool = false,
        closesClient: Bool = false,
        sentUpgrade: Bool = false,
        date: String? = nil
    ) -> [UInt8] {
        let delivery = delivery(method: method, clientIsHTTP10: clientIsHTTP10, sentUpgrade: sentUpgrade)
        var context = ResponsePlan.Context(delivery, clientIsHTTP10: clientIsHTTP10, closesClient: closesClient)
        let dateBytes = Array((date ?? "").utf8)
        return dateBytes.withUnsafeBufferPointer { buffer in
            context.date = date == nil ? nil : buffer.baseAddress
            let room = head.consumed + plan.growthBytes
            let out = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
            defer { out.deallocate() }
            let count = plan.write(head, raw, fields: parser.fields, context, to: out)
            precondition(count <= room)
            return Array(UnsafeBufferPointer(start: out, count: count))
        }
    }
}

extension ParsedResponse {
    /// What goes on to the client, as text.
    func rewritten(
        method: HTTPMethod = .get,
        clientIsHTTP10: Bool = false,
        closesClient: Bool = false,
        sentUpgrade: Bool = false,
        date: String? = nil
    ) -> String {
        String(
            decoding: rewrittenBytes(
                method: method,
                clientIsHTTP10: clientIsHTTP10,
                closesClient: closesClient,
                sentUpgrade: sentUpgrade,
                date: date
            ),
            as: UTF8.self
        )
    }
}

/// A copy of exactly this size, so that a sanitizer sees every byte read too many.
private func copied(_ bytes: some Collection<UInt8>) -> UnsafeMutablePointer<UInt8> {
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
    Array(bytes).withUnsafeBufferPointer { source in
        if let base = source.baseAddress { copy.update(from: base, count: source.count) }
    }
    return copy
}

/// Reproducible randomness (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
