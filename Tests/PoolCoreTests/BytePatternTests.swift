import PoolModel
import Testing

@testable import PoolCore

/// Patterns over bytes: what they match, what is no pattern, and that none can hold anybody up.
@Suite struct BytePatternTests {
    private func matches(_ pattern: String, _ line: String, ignoresCase: Bool = false) throws -> Bool {
        var matcher = PatternMatcher(try BytePattern(pattern.utf8, ignoresCase: ignoresCase))
        return matcher.matches(Array(line.utf8))
    }

    @Test(arguments: [
        ("", "", true), ("", "any", true), ("abc", "xxabcxx", true), ("abc", "abx", false),
        ("a.c", "xabcx", true), ("a.c", "ac", false), ("^ab", "abc", true), ("^b", "abc", false),
        ("bc$", "abc", true), ("ab$", "abc", false), ("^$", "", true), ("^$", "x", false), ("^abc$", "abc", true),
        ("a*b", "b", true), ("a+b", "b", false), ("a+b", "aaab", true), ("^a?b$", "aab", false),
        ("^(a|bc)+$", "abcbca", true), ("^(a|bc)+$", "abca b", false), ("a|b|c", "xxc", true), ("a||b", "", true),
        ("^a{3}$", "aaa", true), ("^a{3}$", "aa", false), ("^a{2,}$", "aaaaa", true), ("^a{2,3}$", "aaaa", false),
        ("^a{0}$", "", true), ("[a-c]x", "zbx", true), ("[^a-c]x", "bx", false), ("[]x]", "]", true),
        ("[a-]", "-", true), ("[\\d.]+s", "in 0.5s", true), ("\\bad", "ad", nil), ("\\d+", "code 42", true),
        ("^\\w+$", "a_1", true), ("^\\w+$", "a b", false), ("\\s", "a\tb", true), ("\\S", "  ", false),
        ("\\.", "abc", false), ("\\x41", "A", true), ("status=5\\d\\d", "status=503", true),
        ("(?:ab)+c", "ababc", true),
        ("a+?b", "aab", true), ("{x}", "{x}", true), ("a{x", "a{x", true), ("(a*)*b", "aaab", true),
        ("(a*)*$", "aaab", true), ("x(^a|b$)", "xb", true), ("é", "caf\u{e9}", true), ("(^|,)b(,|$)", "a,b", true),
    ])
    func itSaysWhetherALineMatches(_ pattern: String, _ line: String, _ expected: Bool?) throws {
        guard let expected else {
            #expect(throws: BytePattern.Problem.self) { try BytePattern(pattern.utf8) }
            return
        }
        #expect(try matches(pattern, line) == expected, "/\(pattern)/ on \(line)")
    }

    @Test func caseIsIgnoredWhereAsked() throws {
        #expect(try matches("err[a-z]r", "ERROR", ignoresCase: true))
        #expect(try !matches("err[a-z]r", "ERROR"))
        #expect(try !matches("[^e]", "E", ignoresCase: true))
    }

    @Test(arguments: [
        ("(a", "a ( without its )", 2), ("a)", "a ) without its (", 1), ("[a", "a [ without its ]", 2),
        ("*a", "nothing to repeat", 0), ("a|*", "nothing to repeat", 2),
        ("a{3,2}", "a count whose end is below its beginning", 6),
        ("a{300}", "a count above 255", 5), ("\\", "a \\ at the end", 1), ("\\q", "\\q is not known", 1),
        ("[z-a]", "a range whose end is below its beginning", 4), ("\\x4", "\\x without two hexadecimal digits", 2),
        ("(?=a)", "a group of a kind that is not known: only (?: and ( are", 2), ("^*", "^ cannot be repeated", 2),
    ])
    func whatIsNoPatternIsRefusedWithItsPlace(_ pattern: String, _ what: String, _ offset: Int) {
        #expect(throws: BytePattern.Problem(what: what, offset: offset)) { try BytePattern(pattern.utf8) }
    }

    @Test func whatWouldGrowWithoutEndIsRefused() {
        for pattern in ["((a{200}){200}){200}", String(repeating: "(", count: 60), String(repeating: "a", count: 1025)]
        {
            #expect(throws: BytePattern.Problem.self) { try BytePattern(pattern.utf8) }
        }
    }

    /// What says nothing makes no instruction: the counts of it must be bounded all the same.
    @Test func countsOfNothingTakeNoTime() throws {
        for pattern in ["(){255}{255}{255}{255}{255}", "((){255}){255}{255}{255}x?", "(()(){9}){255}{255}{255,}"] {
            #expect(try matches(pattern, "x"), "\(pattern)")
        }
        let copied = String(repeating: "()", count: 300)
        #expect(throws: BytePattern.Problem(what: "the pattern is too large: its counts multiply", offset: 0)) {
            try BytePattern("(\(copied)a){255}{7}".utf8)
        }
    }

    /// An empty line costs no byte, but it is looked at.
    @Test func emptyLinesAreCounted() throws {
        let pattern = try BytePattern("(($){0,255}){3}z".utf8)
        var matcher = PatternMatcher(pattern, steps: 100)
        let isMatch = matcher.matches([])
        #expect(!isMatch && matcher.isExhausted)
    }

    /// The beginning of a line is the same for all of them.
    @Test(arguments: ["(($){0,255}){3}z", "(" + String(repeating: "$|", count: 400) + "$)z"])
    func emptyLinesAreCheap(_ pattern: String) throws {
        var matcher = PatternMatcher(try BytePattern("\(pattern)|ok".utf8), steps: 3_000_000)
        for _ in 0..<30_000 {
            let isMatch = matcher.matches([])
            #expect(!isMatch)
        }
        let isMatch = matcher.matches(Array("ok".utf8))
        #expect(isMatch && !matcher.isExhausted)
    }

    /// The patterns that make a backtracking matcher take ages.
    @Test(arguments: ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){12}x", "(a?){50}a{50}$", "(.*)(.*)(.*)(.*)(.*)z"])
    func timeGrowsWithTheLineAlone(_ pattern: String) throws {
        var matcher = PatternMatcher(try BytePattern(pattern.utf8), steps: 3_000_000)
        let line = Array(String(repeating: "a", count: 5000).utf8) + [UInt8(ascii: "!")]
        let isMatch = matcher.matches(line)
        #expect(!isMatch && !matcher.isExhausted, "\(pattern)")
    }

    /// Each byte makes a state of its own: the states are bounded, and so are the steps.
    @Test func onePatternMayTakeNoMoreThanItsSteps() throws {
        var matcher = PatternMatcher(try BytePattern("(a|b)*a(a|b){40}c".utf8), steps: 2_000_000)
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 where !matcher.isExhausted {
            let line = (0..<1000).map { _ in Bool.random(using: &random) ? UInt8(ascii: "a") : UInt8(ascii: "b") }
            let isMatch = matcher.matches(line)
            #expect(!isMatch)
        }
        #expect(matcher.isExhausted)
        let isMatch = matcher.matches(Array("aaaac".utf8))
        #expect(!isMatch, "and then it says nothing more")
    }

    /// Against the plain definition, on small words of every kind.
    @Test(arguments: 0..<200 as Range<UInt64>) func itAgreesWithTheDefinition(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let tree = Tree.make(&random, depth: 3)
        var matcher = PatternMatcher(try BytePattern(tree.text.utf8))
        for _ in 0..<40 {
            let line: [UInt8] = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "b"), using: &random)
            }
            let expected = (0...line.count).contains { !tree.ends(line, from: $0).isEmpty }
            let isMatch = matcher.matches(line)
            #expect(isMatch == expected, "seed \(seed): /\(tree.text)/ on \(line)")
        }
    }

    /// A pattern with its meaning: at which places a match that begins at a place can end.
    private indirect enum Tree {
        case letter(UInt8), any, begin, end
        case sequence(Tree, Tree), choice(Tree, Tree), many(Tree), maybe(Tree)

        static func make(_ random: inout SeededRandom, depth: Int) -> Tree {
            switch Int.random(in: 0..<(depth > 0 ? 9 : 4), using: &random) {
            case 0, 1: return .letter(Bool.random(using: &random) ? UInt8(ascii: "a") : UInt8(ascii: "b"))
            case 2: return .any
            case 3: return Bool.random(using: &random) ? .begin : .end
            case 4, 5: return .sequence(make(&random, depth: depth - 1), make(&random, depth: depth - 1))
            case 6: return .choice(make(&random, depth: depth - 1), make(&random, depth: depth - 1))
            case 7: return .many(make(&random, depth: depth - 1))
            default: return .maybe(make(&random, depth: depth - 1))
            }
        }

        var text: String {
            switch self {
            case .letter(let byte): String(decoding: [byte], as: UTF8.self)
            case .any: "."
            case .begin: "^"
            case .end: "$"
            case .sequence(let left, let right): "(\(left.text))(\(right.text))"
            case .choice(let left, let right): "(\(left.text)|\(right.text))"
            case .many(let tree): "(\(tree.text))*"
            case .maybe(let tree): "(\(tree.text))?"
            }
        }

        func ends(_ line: [UInt8], from start: Int) -> Set<Int> {
            switch self {
            case .letter(let byte): return start < line.count && line[start] == byte ? [start + 1] : []
            case .any: return start < line.count ? [start + 1] : []
            case .begin: return start == 0 ? [start] : []
            case .end: return start == line.count ? [start] : []
            case .sequence(let left, let right):
                return Set(left.ends(line, from: start).flatMap { right.ends(line, from: $0) })
            case .choice(let left, let right):
                return left.ends(line, from: start).union(right.ends(line, from: start))
            case .maybe(let tree): return tree.ends(line, from: start).union([start])
            case .many(let tree):
                var reached: Set<Int> = [start]
                var fresh = reached
                while !fresh.isEmpty {
                    fresh = Set(fresh.flatMap { tree.ends(line, from: $0) }).subtracting(reached)
                    reached.formUnion(fresh)
                }
                return reached
            }
        }
    }
}
