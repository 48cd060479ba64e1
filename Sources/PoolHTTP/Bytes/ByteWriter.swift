internal import Glibc

/// Writes into memory that the caller has sized: where it is and how far it has come.
///
/// No bound is checked on each append; every user states how much it may write and its caller provides that much.
struct ByteWriter {
    let base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    @inline(__always)
    init(_ base: UnsafeMutablePointer<UInt8>) { self.base = base }

    @inline(__always)
    mutating func append(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        memcpy(base + count, bytes, length)
        count &+= length
    }

    @inline(__always)
    mutating func append(_ literal: StaticString) { append(literal.utf8Start, literal.utf8CodeUnitCount) }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ range: ByteRange, of raw: UnsafePointer<UInt8>) {
        append(raw + Int(range.start), Int(range.count))
    }

    /// A number in decimal, without a sign.
    @inline(__always)
    mutating func append(decimal value: UInt64) {
        var digits = 1
        var bound: UInt64 = 10
        while value >= bound && digits < 20 {
            digits &+= 1
            bound = digits == 20 ? .max : bound &* 10
        }
        append(decimal: value, digits: digits)
    }

    /// The last digits of a number, with leading zeros.
    @inline(__always)
    mutating func append(decimal value: UInt64, digits: Int) {
        var rest = value
        var index = count &+ digits
        while index > count {
            index &-= 1
            base[index] = ASCII.zero &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= digits
    }

    /// Sixteen lower-case hexadecimal digits.
    @inline(__always)
    mutating func append(hexadecimal value: UInt64) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift &-= 4
            append(hexadecimalDigit: UInt8(truncatingIfNeeded: value >> shift & 15))
        }
    }

    @inline(__always)
    mutating func append(hexadecimalDigit digit: UInt8) { append(digit &+ (digit < 10 ? ASCII.zero : 87)) }

    @inline(__always)
    mutating func append(twoDigits value: Int64) {
        append(ASCII.zero &+ UInt8(truncatingIfNeeded: value / 10 % 10))
        append(ASCII.zero &+ UInt8(truncatingIfNeeded: value % 10))
    }

    /// Thousandths: 1500 as `1.500`.
    mutating func append(thousandths value: UInt64) {
        append(decimal: value / 1000)
        append(UInt8(ascii: "."))
        append(decimal: value % 1000, digits: 3)
    }

    /// Millionths: 1500000 as `1.500000`.
    mutating func append(millionths value: UInt64) {
        append(decimal: value / 1_000_000)
        append(UInt8(ascii: "."))
        append(decimal: value % 1_000_000, digits: 6)
    }

    /// Eight bytes in the order of memory.
    @inline(__always)
    mutating func store(_ word: UInt64) {
        UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
        count &+= 8
    }

    mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { if let base = $0.baseAddress { append(base, $0.count) } }
    }
}
