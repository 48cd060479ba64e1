/// A JSON text as a flat list of its values, found in one pass over the bytes.
///
/// Foundation's decoder needs some 400,000 instructions for one worker's snapshot; a pool of a thousand workers that all
/// change each second would cost a third of a core. Values here are read from the bytes where they stand.
final class JSONTape {
    enum Kind: UInt8 { case object, array, string, escapedString, number, yes, no, null }

    /// A value, or the key of one: an object's members follow it as key, value, key, value.
    struct Token {
        var kind: Kind
        /// Where the text of a string or number is in the bytes.
        var start: Int32
        var count: Int32
        /// The token after this value and all that is in it.
        var next: Int32
    }

    struct Malformed: Error {}

    /// Objects and arrays in each other. Beyond: malformed.
    static let depthMax = 64
    /// Bytes of a text. Beyond: malformed; the stream's own bound is lower.
    static let bytesMax = 1 << 30

    let bytes: [UInt8]
    let tokens: [Token]

    init(_ bytes: [UInt8]) throws(Malformed) {
        self.bytes = bytes
        guard bytes.count < JSONTape.bytesMax else { throw Malformed() }
        var tokens: [Token] = []
        tokens.reserveCapacity(bytes.count / 8)
        let isWhole = bytes.withUnsafeBufferPointer { bytes in
            var parser = Parser(bytes: bytes)
            do throws(Malformed) {
                try parser.value(into: &tokens, depth: 0)
                return parser.isAtEnd
            } catch {
                return false
            }
        }
        guard isWhole else { throw Malformed() }
        self.tokens = tokens
    }
}

extension JSONTape {
    /// Recursive descent over the bytes (RFC 8259). Numbers are only delimited here, and checked when they are read.
    private struct Parser {
        /// Valid while the parser is: a megabyte a second goes through here, and every reading below follows a
        /// comparison of the index with the count, so that an array would only check again.
        let bytes: UnsafeBufferPointer<UInt8>
        private var index = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipBlanks()
                return index == bytes.count
            }
        }

        mutating func value(into tokens: inout [Token], depth: Int) throws(Malformed) {
            guard depth < JSONTape.depthMax else { throw Malformed() }
            skipBlanks()
            guard index < bytes.count else { throw Malformed() }
            switch bytes[index] {
            case UInt8(ascii: "{"): try members(into: &tokens, depth: depth, isObject: true)
            case UInt8(ascii: "["): try members(into: &tokens, depth: depth, isObject: false)
            case UInt8(ascii: "\""): try string(into: &tokens)
            case UInt8(ascii: "t"): try word("true", .yes, into: &tokens)
            case UInt8(ascii: "f"): try word("false", .no, into: &tokens)
            case UInt8(ascii: "n"): try word("null", .null, into: &tokens)
            default: try number(into: &tokens)
            }
        }

        private mutating func members(into tokens: inout [Token], depth: Int, isObject: Bool) throws(Malformed) {
            let end = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            let place = tokens.count
            tokens.append(Token(kind: isObject ? .object : .array, start: 0, count: 0, next: 0))
            index += 1
            var count: Int32 = 0
            skipBlanks()
            if !take(end) {
                repeat {
                    if isObject {
                        skipBlanks()
                        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw Malformed() }
                        try string(into: &tokens)
                        skipBlanks()
                        guard take(UInt8(ascii: ":")) else { throw Malformed() }
                    }
                    try value(into: &tokens, depth: depth + 1)
                    count += 1
                    skipBlanks()
                } while take(UInt8(ascii: ","))
                guard take(end) else { throw Malformed() }
            }
            tokens[place].count = count
            tokens[place].next = Int32(tokens.count)
        }

        private mutating func string(into tokens: inout [Token]) throws(Malformed) {
            index += 1
            let start = index
            var kind = Kind.string
            skipPlain()
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                guard bytes[index] >= 0x20 else { throw Malformed() }
                if bytes[index] == UInt8(ascii: "\\") {
                    kind = .escapedString
                    index += 1
                }
                index += 1
            }
            guard index < bytes.count else { throw Malformed() }
            append(kind, from: start, into: &tokens)
            index += 1
        }

        /// Goes on to the next byte of a string that is not plain, or to the last seven: most of a record is keys, and eight
        /// bytes at a time are several times faster than one.
        @inline(__always)
        private mutating func skipPlain() {
            let ones: UInt64 = 0x0101_0101_0101_0101
            let raw = UnsafeRawBufferPointer(bytes)
            while index + 8 <= raw.count {
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
                let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
                // The high bit of a byte that is zero, or below a blank; of those behind the first it may be wrong.
                let found =
                    ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- (ones &* 0x20)) & ~word)
                    & (ones &* 0x80)
                guard found == 0 else {
                    index += found.trailingZeroBitCount / 8
                    return
                }
                index += 8
            }
        }

        private mutating func number(into tokens: inout [Token]) throws(Malformed) {
            let start = index
            while index < bytes.count, JSONNumber.isPart(bytes[index]) { index += 1 }
            guard index > start else { throw Malformed() }
            append(.number, from: start, into: &tokens)
        }

        private mutating func word(_ word: StaticString, _ kind: Kind, into tokens: inout [Token]) throws(Malformed) {
            let start = index
            index += word.utf8CodeUnitCount
            guard index <= bytes.count else { throw Malformed() }
            let isSame = word.withUTF8Buffer { $0.elementsEqual(bytes[start..<index]) }
            guard isSame else { throw Malformed() }
            append(kind, from: start, into: &tokens)
        }

        private func append(_ kind: Kind, from start: Int, into tokens: inout [Token]) {
            let next = Int32(tokens.count + 1)
            tokens.append(Token(kind: kind, start: Int32(start), count: Int32(index - start), next: next))
        }

        private mutating func skipBlanks() {
            while index < bytes.count, bytes[index] == 0x20 || (bytes[index] >= 0x09 && bytes[index] <= 0x0D) {
                index += 1
            }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }
    }
}
