/// ``HeaderRules`` laid out for the hot path: one allocation, names behind each other, a word that tells their lengths.
///
/// Immutable after its initialiser.
struct CompiledRules {
    private let storage: UnsafeMutablePointer<UInt8>
    private let namesEnd: Int
    private let blockCount: Int
    /// Bit n: there is a name of n bytes; bit 63: of 63 or more.
    private let lengths: UInt64

    let isEmpty: Bool

    init(_ rules: HeaderRules) {
        var layout: [UInt8] = []
        var lengths: UInt64 = 0
        for name in rules.names {
            // Names have at most 256 bytes, and never none: a count of 256 is stored as 0.
            layout.append(UInt8(truncatingIfNeeded: name.count))
            layout += name
            lengths |= 1 << UInt64(min(name.count, 63))
        }
        namesEnd = layout.count
        layout += rules.block
        blockCount = rules.block.count
        self.lengths = lengths
        isEmpty = rules.names.isEmpty
        storage = .allocate(capacity: max(1, layout.count))
        storage.initialize(from: layout, count: layout.count)
    }

    func deallocate() { storage.deallocate() }

    /// Bytes that ``appendBlock(to:)`` writes.
    var bytesMax: Int { blockCount }

    /// Whether a field with this name is to be dropped.
    @inline(__always)
    func drop(_ field: HeadField, in raw: UnsafePointer<UInt8>) -> Bool {
        let count = Int(field.nameCount)
        if lengths >> UInt64(min(count, 63)) & 1 == 0 { return false }
        return hasName(raw + Int(field.start), count)
    }

    @inline(never)
    private func hasName(_ name: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var cursor = 0
        while cursor < namesEnd {
            let length = storage[cursor] == 0 ? 256 : Int(storage[cursor])
            if length == count && isSame(name, UnsafePointer(storage + cursor + 1), count) { return true }
            cursor += 1 + length
        }
        return false
    }

    private func isSame(_ name: UnsafePointer<UInt8>, _ rule: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        for index in 0..<count where CompiledRules.folded(name[index]) != rule[index] { return false }
        return true
    }

    /// A byte of a name as CGI-like servers compare it.
    static func folded(_ byte: UInt8) -> UInt8 { byte == ASCII.underscore ? UInt8(ascii: "-") : lowercased(byte) }

    @inline(__always)
    func appendBlock(to writer: inout ByteWriter) {
        if blockCount > 0 { writer.append(UnsafePointer(storage + namesEnd), blockCount) }
    }
}
