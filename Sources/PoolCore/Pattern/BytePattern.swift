/// A regular expression over bytes: what a line of a log may be looked for by.
///
/// The grammar is that of grep -E: literals, `.`, `[a-z]`, `[^a]`, `^`, `$`, `|`, `( )`, `(?: )`, `* + ?`, `{2}`, `{2,}`,
/// `{2,5}`, and the escapes `\d \D \w \W \s \S \t \r \n \xHH` and `\` before a sign. It says whether a line matches, not
/// where, so a `?` after a quantifier changes nothing. It knows bytes: `.` is one of them. No references back and no
/// look-around: every pattern is matched in a time that grows with the line alone (Thompson's construction, and an
/// automaton that is made on the way).
///
/// Bounded: 1 KiB of text, ``instructionsMax`` instructions made of ``copiesMax`` parts, groups within groups ``depthMax``
/// deep.
package struct BytePattern: Hashable, Sendable {
    package static let bytesMax = 1024
    package static let instructionsMax = 2000
    /// A part that says nothing, as `()`, makes no instruction: counts of it are bounded by the parts that they copy.
    static let copiesMax = 100_000
    static let depthMax = 50
    static let countMax = 255

    /// Why a text is no pattern, and where.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        package var what: String
        /// Bytes before it.
        package var offset: Int

        package var description: String { "\(what) at character \(offset + 1)" }
    }

    enum Instruction: Hashable, Sendable {
        case bytes(ByteSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        /// Only at the beginning of the line, or at its end.
        case begin, end
        case match
    }

    private(set) var instructions: [Instruction] = []
    private var copies = 0

    package init(_ text: some Collection<UInt8>, ignoresCase: Bool = false) throws(Problem) {
        guard text.count <= BytePattern.bytesMax else {
            throw Problem(what: "more than \(BytePattern.bytesMax) bytes", offset: BytePattern.bytesMax)
        }
        var parser = PatternParser(Array(text), ignoresCase: ignoresCase)
        let node = try parser.parse()
        try emit(node)
        try add(.match)
    }

    private mutating func add(_ instruction: Instruction) throws(Problem) {
        guard instructions.count < BytePattern.instructionsMax else { throw BytePattern.tooLarge }
        instructions.append(instruction)
    }

    private static var tooLarge: Problem { Problem(what: "the pattern is too large: its counts multiply", offset: 0) }

    private mutating func emit(_ node: PatternNode) throws(Problem) {
        copies += 1
        guard copies <= BytePattern.copiesMax else { throw BytePattern.tooLarge }
        switch node {
        case .bytes(let set): try add(.bytes(set))
        case .begin: try add(.begin)
        case .end: try add(.end)
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes): try emitChoice(nodes)
        case .repeated(let node, let least, let most): try emitRepeated(node, least, most)
        }
    }

    private mutating func emitChoice(_ nodes: [PatternNode]) throws(Problem) {
        var ends: [Int] = []
        for (place, node) in nodes.enumerated() {
            guard place < nodes.count - 1 else {
                try emit(node)
                break
            }
            let split = instructions.count
            try add(.split(split + 1, 0))
            try emit(node)
            ends.append(instructions.count)
            try add(.jump(0))
            instructions[split] = .split(split + 1, instructions.count)
        }
        for end in ends { instructions[end] = .jump(instructions.count) }
    }

    private mutating func emitRepeated(_ node: PatternNode, _ least: Int, _ most: Int?) throws(Problem) {
        let start = instructions.count
        for _ in 0..<least {
            try emit(node)
            // What says nothing once says nothing any number of times.
            if instructions.count == start { return }
        }
        guard let most else {
            let split = instructions.count
            try add(.split(split + 1, 0))
            try emit(node)
            try add(.jump(split))
            instructions[split] = .split(split + 1, instructions.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<most {
            splits.append(instructions.count)
            try add(.split(0, 0))
            try emit(node)
        }
        for split in splits { instructions[split] = .split(split + 1, instructions.count) }
    }
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
    private var words: SIMD4<UInt64> = .zero

    init() {}
    init(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0 }
    func union(_ other: ByteSet) -> ByteSet {
        var result = self
        result.words |= other.words
        return result
    }
    var inverted: ByteSet {
        var result = self
        result.words = ~words
        return result
    }

    /// With the other case of each ASCII letter in it.
    var foldingCase: ByteSet {
        var result = self
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") where contains(letter) || contains(letter & ~0x20) {
            result.insert(letter)
            result.insert(letter & ~0x20)
        }
        return result
    }
}
