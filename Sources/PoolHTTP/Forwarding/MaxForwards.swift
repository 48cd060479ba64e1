/// `Max-Forwards` of TRACE and OPTIONS (RFC 9110, 7.6.2): counted down by each proxy; the one that gets a 0 answers
/// itself. With any other method the field has no meaning and goes on as it is.
package enum MaxForwards {
    /// The largest count that is kept; more is as much as this.
    static let most: UInt64 = 1_000_000

    /// What the first field of that name says; nil where there is none, it means nothing here, or is no number.
    package static func read(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        fields: UnsafePointer<HeadField>
    ) -> UInt64? {
        guard head.facts.kinds.has(.maxForwards), head.method == .trace || head.method == .options else { return nil }
        for index in 0..<head.facts.fieldsCount where fields[index].kind == .maxForwards {
            let value = fields[index].value
            guard value.count > 0 else { return nil }
            var count: UInt64 = 0
            for position in 0..<Int(value.count) {
                let byte = raw[Int(value.start) + position]
                guard ASCII.isDigit(byte) else { return nil }
                count = min(MaxForwards.most, count * 10 + UInt64(byte - ASCII.zero))
            }
            return count
        }
        return nil
    }
}
