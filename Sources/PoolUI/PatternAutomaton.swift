/// The positions of an expression and which may follow which, each set one machine word.
struct PatternAutomaton: Hashable, Sendable {
    static let positionsMax = 63

    /// For each byte the positions that take it.
    private var accepted: [UInt64]
    /// For each position the positions that may come after it.
    private var follow: [UInt64]
    private var first: UInt64
    private var last: UInt64
    private var isNullable: Bool
    private let isAnchoredAtStart: Bool
    private let isAnchoredAtEnd: Bool

    /// Compiles an expression; nil for one that is malformed or has too many positions.
    init?(_ source: [UInt8]) {
        var source = source[...]
        isAnchoredAtStart = source.first == UInt8(ascii: "^")
        if isAnchoredAtStart { source = source.dropFirst() }
        let isEscaped = source.dropLast().last == UInt8(ascii: "\\")
        isAnchoredAtEnd = source.last == UInt8(ascii: "$") && !isEscaped
        if isAnchoredAtEnd { source = source.dropLast() }
        var parser = PatternParser(source: Array(source))
        guard let whole = parser.parse() else { return nil }
        accepted = parser.accepted
        follow = parser.follow
        first = whole.first
        last = whole.last
        isNullable = whole.isNullable
    }

    /// The end of the match that ends first, wherever it begins from `start` on.
    func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        if isNullable, !isAnchoredAtEnd || bytes.isEmpty { return start }
        if isAnchoredAtStart, start > 0 { return nil }
        return accepted.withUnsafeBufferPointer { accepted in
            var states: UInt64 = 0
            var index = start
            while index < bytes.count {
                if states == 0, !isAnchoredAtStart {
                    // Nothing has begun: on to a byte that can begin a match. Most of most lines is passed here.
                    while index < bytes.count, accepted[Int(bytes[index])] & first == 0 { index += 1 }
                    guard index < bytes.count else { return nil }
                }
                states = step(states, isAnchoredAtStart && index > 0 ? 0 : first, bytes[index])
                index += 1
                if states & last != 0, !isAnchoredAtEnd || index == bytes.count { return index }
                if states == 0, isAnchoredAtStart { return nil }
            }
            return nil
        }
    }

    /// The end of the longest match that begins exactly at `start`.
    func longest(in bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        if isAnchoredAtStart, start > 0 { return nil }
        var states: UInt64 = 0
        var open = first
        var end: Int?
        for index in start..<bytes.count {
            states = step(states, open, bytes[index])
            open = 0
            if states == 0 { break }
            if states & last != 0, !isAnchoredAtEnd || index + 1 == bytes.count { end = index + 1 }
        }
        return end
    }

    @inline(__always)
    private func step(_ states: UInt64, _ open: UInt64, _ byte: UInt8) -> UInt64 {
        var next = open
        var rest = states
        while rest != 0 {
            next |= follow[rest.trailingZeroBitCount]
            rest &= rest &- 1
        }
        return next & accepted[Int(byte)]
    }
}

/// Recursive descent over an expression, building the positions as it goes.
struct PatternParser {
    struct Part {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var isNullable = true
    }

    /// Parentheses within parentheses. Beyond: the expression is refused.
    static let depthMax = 16

    let source: [UInt8]
    var accepted = [UInt64](repeating: 0, count: 256)
    var follow: [UInt64] = []
    private var index = 0
    private var depth = 0

    init(source: [UInt8]) { self.source = source }

    mutating func parse() -> Part? {
        guard let part = alternatives(), index == source.count else { return nil }
        return part
    }

    private mutating func alternatives() -> Part? {
        guard var whole = sequence() else { return nil }
        while take("|") {
            guard let next = sequence() else { return nil }
            whole.first |= next.first
            whole.last |= next.last
            whole.isNullable = whole.isNullable || next.isNullable
        }
        return whole
    }

    private mutating func sequence() -> Part? {
        var whole = Part()
        while index < source.count, source[index] != UInt8(ascii: "|"), source[index] != UInt8(ascii: ")") {
            guard let next = repeated() else { return nil }
            link(whole.last, next.first)
            if whole.isNullable { whole.first |= next.first }
            whole.last = next.isNullable ? whole.last | next.last : next.last
            whole.isNullable = whole.isNullable && next.isNullable
        }
        return whole
    }

    private mutating func repeated() -> Part? {
        guard var part = atom() else { return nil }
        while index < source.count {
            if take("*") {
                link(part.last, part.first)
                part.isNullable = true
            } else if take("+") {
                link(part.last, part.first)
            } else if take("?") {
                part.isNullable = true
            } else {
                break
            }
        }
        return part
    }

    private mutating func atom() -> Part? {
        let byte = source[index]
        index += 1
        switch byte {
        case UInt8(ascii: "("):
            depth += 1
            defer { depth -= 1 }
            guard depth <= PatternParser.depthMax, let part = alternatives(), take(")") else { return nil }
            return part
        case UInt8(ascii: "."): return position { _ in true }
        case UInt8(ascii: "["): return set()
        case UInt8(ascii: "\\"):
            guard index < source.count else { return nil }
            index += 1
            return escaped(source[index - 1])
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"): return nil
        default: return position { PatternParser.fold($0) == PatternParser.fold(byte) }
        }
    }

    private mutating func escaped(_ byte: UInt8) -> Part? {
        switch byte {
        case UInt8(ascii: "d"): position { $0 >= 48 && $0 <= 57 }
        case UInt8(ascii: "w"):
            position { ($0 >= 48 && $0 <= 57) || ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || $0 == 95 || $0 >= 0x80 }
        case UInt8(ascii: "s"): position { $0 == 32 || ($0 >= 9 && $0 <= 13) }
        default: position { $0 == byte }
        }
    }

    private mutating func set() -> Part? {
        let isNegated = take("^")
        var members = [Bool](repeating: false, count: 256)
        var isFirst = true
        while index < source.count, isFirst || source[index] != UInt8(ascii: "]") {
            isFirst = false
            let low = source[index]
            var high = low
            index += 1
            if index + 1 < source.count, source[index] == UInt8(ascii: "-"), source[index + 1] != UInt8(ascii: "]") {
                high = source[index + 1]
                index += 2
            }
            guard low <= high else { return nil }
            for byte in low...high { members[Int(PatternParser.fold(byte))] = true }
        }
        guard take("]") else { return nil }
        return position { members[Int(PatternParser.fold($0))] != isNegated }
    }

    private mutating func position(_ takes: (UInt8) -> Bool) -> Part? {
        guard follow.count < PatternAutomaton.positionsMax else { return nil }
        let bit: UInt64 = 1 << UInt64(follow.count)
        follow.append(0)
        for byte in UInt8.min...UInt8.max where takes(byte) { accepted[Int(byte)] |= bit }
        return Part(first: bit, last: bit, isNullable: false)
    }

    private mutating func link(_ from: UInt64, _ to: UInt64) {
        for index in follow.indices where from & (1 << UInt64(index)) != 0 { follow[index] |= to }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < source.count, source[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private static func fold(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }
}
