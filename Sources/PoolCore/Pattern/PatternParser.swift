/// A pattern as it was read.
indirect enum PatternNode {
    case bytes(ByteSet)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// `most` nil: without end.
    case repeated(PatternNode, least: Int, most: Int?)
    case begin, end
}

/// Reads the text of a ``BytePattern``.
struct PatternParser {
    private let text: [UInt8]
    private let ignoresCase: Bool
    private var place = 0
    private var depth = 0

    init(_ text: [UInt8], ignoresCase: Bool) {
        self.text = text
        self.ignoresCase = ignoresCase
    }

    mutating func parse() throws(BytePattern.Problem) -> PatternNode {
        let node = try choice()
        guard place == text.count else { throw problem("a ) without its (") }
        return node
    }

    private func problem(_ what: String) -> BytePattern.Problem { BytePattern.Problem(what: what, offset: place) }
    private var next: UInt8? { place < text.count ? text[place] : nil }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        place += 1
        return true
    }

    private mutating func choice() throws(BytePattern.Problem) -> PatternNode {
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .choice(nodes)
    }

    private mutating func sequence() throws(BytePattern.Problem) -> PatternNode {
        var nodes: [PatternNode] = []
        while let byte = next, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") { nodes.append(try repeated()) }
        return .sequence(nodes)
    }

    private mutating func repeated() throws(BytePattern.Problem) -> PatternNode {
        var node = try atom()
        while let (least, most) = try quantifier() {
            if case .begin = node { throw problem("^ cannot be repeated") }
            if case .end = node { throw problem("$ cannot be repeated") }
            // Whether it takes much or little does not change whether there is a match.
            _ = take("?")
            node = .repeated(node, least: least, most: most)
        }
        return node
    }

    private mutating func quantifier() throws(BytePattern.Problem) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = place
        guard take("{") else { return nil }
        guard let least = try number() else {
            // A brace that begins no count is a brace.
            place = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = try number() }
        guard take("}") else { throw problem("a count that is not closed by }") }
        if let most, most < least { throw problem("a count whose end is below its beginning") }
        return (least, most)
    }

    private mutating func number() throws(BytePattern.Problem) -> Int? {
        var value: Int?
        while let byte = next, (0x30...0x39).contains(byte) {
            place += 1
            value = (value ?? 0) * 10 + Int(byte - 0x30)
            if let value, value > BytePattern.countMax { throw problem("a count above \(BytePattern.countMax)") }
        }
        return value
    }

    private mutating func atom() throws(BytePattern.Problem) -> PatternNode {
        guard let byte = next else { throw problem("nothing") }
        if byte == UInt8(ascii: "{"), place + 1 < text.count, (0x30...0x39).contains(text[place + 1]) {
            throw problem("nothing to repeat")
        }
        place += 1
        switch byte {
        case UInt8(ascii: "."): return .bytes(ByteSet(0...0xff))
        case UInt8(ascii: "^"): return .begin
        case UInt8(ascii: "$"): return .end
        case UInt8(ascii: "["): return .bytes(try set())
        case UInt8(ascii: "\\"): return .bytes(folded(try escape()))
        case UInt8(ascii: "("):
            depth += 1
            guard depth <= BytePattern.depthMax else { throw problem("groups too deep") }
            if take("?"), !take(":") { throw problem("a group of a kind that is not known: only (?: and ( are") }
            let node = try choice()
            guard take(")") else { throw problem("a ( without its )") }
            depth -= 1
            return node
        case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
            place -= 1
            throw problem("nothing to repeat")
        default: return .bytes(folded(ByteSet(byte...byte)))
        }
    }

    private func folded(_ set: ByteSet) -> ByteSet { ignoresCase ? set.foldingCase : set }

    /// What stands behind a backslash.
    private mutating func escape() throws(BytePattern.Problem) -> ByteSet {
        guard let byte = next else { throw problem("a \\ at the end") }
        place += 1
        switch byte {
        case UInt8(ascii: "d"): return .digits
        case UInt8(ascii: "D"): return ByteSet.digits.inverted
        case UInt8(ascii: "w"): return .words
        case UInt8(ascii: "W"): return ByteSet.words.inverted
        case UInt8(ascii: "s"): return .spaces
        case UInt8(ascii: "S"): return ByteSet.spaces.inverted
        case UInt8(ascii: "t"): return ByteSet(0x09...0x09)
        case UInt8(ascii: "n"): return ByteSet(0x0a...0x0a)
        case UInt8(ascii: "r"): return ByteSet(0x0d...0x0d)
        case UInt8(ascii: "x"):
            let digits = text[place...].prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw problem("\\x without two hexadecimal digits")
            }
            place += 2
            return ByteSet(value...value)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39:
            place -= 1
            throw problem("\\\(Character(Unicode.Scalar(byte))) is not known")
        default: return ByteSet(byte...byte)
        }
    }

    /// What stands behind a `[`.
    private mutating func set() throws(BytePattern.Problem) -> ByteSet {
        var set = ByteSet()
        let isInverted = take("^")
        var isFirst = true
        while let byte = next, isFirst || byte != UInt8(ascii: "]") {
            isFirst = false
            let (low, single) = try member()
            guard single, next == UInt8(ascii: "-"), place + 1 < text.count, text[place + 1] != UInt8(ascii: "]") else {
                set = set.union(low)
                continue
            }
            place += 1
            let (high, isSingle) = try member()
            guard isSingle, let first = low.first, let last = high.first, first <= last else {
                throw problem("a range whose end is below its beginning")
            }
            set = set.union(ByteSet(first...last))
        }
        guard take("]") else { throw problem("a [ without its ]") }
        set = folded(set)
        return isInverted ? set.inverted : set
    }

    private mutating func member() throws(BytePattern.Problem) -> (set: ByteSet, isSingle: Bool) {
        guard let byte = next else { throw problem("a [ without its ]") }
        place += 1
        guard byte == UInt8(ascii: "\\") else { return (ByteSet(byte...byte), true) }
        let set = try escape()
        return (set, set.first.map { set == ByteSet($0...$0) } ?? false)
    }
}

extension ByteSet {
    static let digits = ByteSet(0x30...0x39)
    static let words = digits.union(ByteSet(0x41...0x5a)).union(ByteSet(0x61...0x7a)).union(ByteSet(0x5f...0x5f))
    static let spaces = ByteSet(0x09...0x0d).union(ByteSet(0x20...0x20))

    var first: UInt8? { (UInt8.min...UInt8.max).first(where: contains) }
}
