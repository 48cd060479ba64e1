/// Copies the field lines of a head that go on, in their order and case, in as few runs as possible.
enum FieldCopy {
    @inline(__always)
    static func append(
        _ facts: HeadFacts,
        _ raw: UnsafePointer<UInt8>,
        _ table: UnsafePointer<HeadField>,
        drops: UInt64,
        rules: CompiledRules,
        to writer: inout ByteWriter
    ) {
        let count = facts.fieldsCount
        if count == 0 { return }
        var runStart = Int(table[0].start)
        if facts.kinds.rawValue & drops != 0 || !rules.isEmpty {
            var index = 0
            while index < count {
                let field = table[index]
                if drops >> UInt64(field.kind.rawValue) & 1 != 0 || !rules.isEmpty && rules.drop(field, in: raw) {
                    let start = Int(field.start)
                    if start > runStart { writer.append(raw + runStart, start &- runStart) }
                    runStart = index &+ 1 < count ? Int(table[index &+ 1].start) : facts.fieldsEnd
                }
                index &+= 1
            }
        }
        if facts.fieldsEnd > runStart { writer.append(raw + runStart, facts.fieldsEnd &- runStart) }
    }
}
