/// Writes values one behind the other: little-endian integers, texts and lists behind their 32-bit count.
struct KeeperWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ flag: Bool) { put(UInt8(flag ? 1 : 0)) }

    mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put<Element>(_ list: [Element], _ each: (inout KeeperWriter, Element) -> Void) {
        put(UInt32(list.count))
        for element in list { each(&self, element) }
    }

    mutating func put<Value>(_ optional: Value?, _ some: (inout KeeperWriter, Value) -> Void) {
        put(optional != nil)
        if let optional { some(&self, optional) }
    }
}

/// Reads what ``KeeperWriter`` wrote; throws at the first thing that cannot be.
struct KeeperReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(KeeperCodecError) -> Number {
        let size = MemoryLayout<Number>.size
        guard rest.count >= size else { throw KeeperCodecError() }
        var value: Number = 0
        for byte in rest.prefix(size).reversed() {
            // One byte at a time: a shift by 8 of a one-byte number would be all of it.
            value = size == 1 ? Number(truncatingIfNeeded: byte) : value << 8 | Number(truncatingIfNeeded: byte)
        }
        rest.removeFirst(size)
        return value
    }

    mutating func flag() throws(KeeperCodecError) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        default: throw KeeperCodecError()
        }
    }

    mutating func text() throws(KeeperCodecError) -> String {
        let count = Int(try number(UInt32.self))
        guard count <= rest.count, let text = String(validating: rest.prefix(count), as: UTF8.self) else {
            throw KeeperCodecError()
        }
        rest.removeFirst(count)
        return text
    }

    mutating func list<Element>(
        _ each: (inout KeeperReader) throws(KeeperCodecError) -> Element
    ) throws(KeeperCodecError) -> [Element] {
        let count = Int(try number(UInt32.self))
        // Every element takes a byte at least: a count beyond that is a lie, and must not reserve memory.
        guard count <= rest.count else { throw KeeperCodecError() }
        var list: [Element] = []
        for _ in 0..<count { list.append(try each(&self)) }
        return list
    }

    mutating func optional<Value>(
        _ some: (inout KeeperReader) throws(KeeperCodecError) -> Value
    ) throws(KeeperCodecError) -> Value? {
        try flag() ? try some(&self) : nil
    }

    func end() throws(KeeperCodecError) {
        if !rest.isEmpty { throw KeeperCodecError() }
    }
}

/// The bytes are no message: cut, too long, or with a value that does not exist.
package struct KeeperCodecError: Error, Hashable, Sendable {
    package init() {}
}
