/// ASCII by name: the bytes that the grammar is made of.
enum ASCII {
    static let tab: UInt8 = 9
    static let lineFeed: UInt8 = 10
    static let carriageReturn: UInt8 = 13
    static let space: UInt8 = 32
    static let quote: UInt8 = 34
    static let comma: UInt8 = 44
    static let slash: UInt8 = 47
    static let zero: UInt8 = 48
    static let nine: UInt8 = 57
    static let colon: UInt8 = 58
    static let semicolon: UInt8 = 59
    static let equals: UInt8 = 61
    static let question: UInt8 = 63
    static let at: UInt8 = 64
    static let openBracket: UInt8 = 91
    static let backslash: UInt8 = 92
    static let closeBracket: UInt8 = 93
    static let underscore: UInt8 = 95

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }
}

@inline(__always)
func load64(_ bytes: UnsafePointer<UInt8>, _ offset: Int = 0) -> UInt64 {
    UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
}

@inline(__always)
func load32(_ bytes: UnsafePointer<UInt8>, _ offset: Int = 0) -> UInt32 {
    UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt32.self)
}

/// Whether bytes of the literal's length are the literal, letters in either case.
///
/// The literal is lower case and holds only letters, digits and hyphens; the bytes are token characters. Then setting
/// bit 5 maps nothing but letters onto letters. With a constant literal the loads of it fold into immediates.
@inline(__always)
func equalsFolded(_ bytes: UnsafePointer<UInt8>, _ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    let other = literal.utf8Start
    let fold: UInt64 = 0x2020_2020_2020_2020
    if count >= 8 {
        var difference = (load64(bytes) | fold) ^ load64(other)
        if count > 16 { difference |= (load64(bytes, 8) | fold) ^ load64(other, 8) }
        difference |= (load64(bytes, count &- 8) | fold) ^ load64(other, count &- 8)
        return difference == 0
    }
    if count >= 4 {
        var difference = (load32(bytes) | 0x2020_2020) ^ load32(other)
        difference |= (load32(bytes, count &- 4) | 0x2020_2020) ^ load32(other, count &- 4)
        return difference == 0
    }
    var index = 0
    while index < count {
        if bytes[index] | 0x20 != other[index] { return false }
        index &+= 1
    }
    return true
}

/// Whether a run of bytes is the literal, letters in either case; any bytes, any literal in lower case.
@inline(__always)
func isFolded(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && isFolded(bytes, literal.utf8Start, count)
}

/// Whether two runs of bytes are equal, ASCII letters in either case.
@inline(__always)
func isFolded(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    while index < count {
        if lowercased(left[index]) != lowercased(right[index]) { return false }
        index &+= 1
    }
    return true
}

@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }

/// The top bit of each byte that is a control byte (HTAB too); perhaps of others above the lowest of them.
///
/// The difference sets it for bytes below 0x20, the sum for 0x7f; a borrow or carry can only come from a byte further
/// down that is itself below 0x20, or 0xff.
@inline(__always)
private func controlBits(_ word: UInt64) -> UInt64 {
    ((word &- 0x2020_2020_2020_2020) | (word &+ 0x0101_0101_0101_0101)) & ~word & 0x8080_8080_8080_8080
}

/// The offset of the first control byte other than HTAB in `start..<end`, or `end`. DEL is a control byte.
///
/// Two words at a time; where they hold something suspicious, and at the end, byte by byte from there.
@inline(__always)
func firstControl(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    while index &+ 16 <= end {
        let first = controlBits(load64(bytes, index))
        let second = controlBits(load64(bytes, index &+ 8))
        if first | second == 0 {
            index &+= 16
            continue
        }
        let found = first != 0 ? first.trailingZeroBitCount >> 3 : 8 &+ second.trailingZeroBitCount >> 3
        let byte = bytes[index &+ found]
        if byte < 0x20 && byte != ASCII.tab || byte == 0x7f { return index &+ found }
        // A tab, or the byte above 0xff: go on behind it.
        index &+= found &+ 1
    }
    return firstControlByte(bytes, from: index, to: end)
}

@inline(never)
private func firstControlByte(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
    var index = start
    while index < end {
        let byte = bytes[index]
        if byte < 0x20 && byte != ASCII.tab || byte == 0x7f { return index }
        index &+= 1
    }
    return end
}
