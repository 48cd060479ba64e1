import PoolUI
import Testing

struct PatternTests {
    @Test(arguments: [
        ("timeout", "upstream TIMEOUT after", true), ("timeout|error", "an Error", true),
        ("timeout|error", "fine", false),
        ("^GET", "GET /", true), ("^GET", "a GET", false), ("200$", "GET 200", true), ("200$", "200 GET", false),
        ("a.c", "abc", true), ("a.c", "ac", false), ("ab*c", "ac", true), ("ab*c", "abbbc", true),
        ("ab+c", "ac", false),
        ("colou?r", "color", true), ("(ab)+c", "ababc", true), ("(ab)+c", "abaac", false),
        ("[0-9]+ms", "took 12ms", true),
        ("[^0-9]x", "1x", false), ("[^0-9]x", "ax", true), ("\\d\\d:\\d\\d", "at 07:41", true),
        ("\\.py", "app.py", true),
        ("\\.py", "appXpy", false), ("!health", "GET /health", false), ("!health", "GET /", true), ("東京", "q=東京", true),
        ("[]x]", "]", true), ("[a-]", "-", true), ("x*", "anything", true), ("(a|b)(c|d)e", "xbde", true),
        ("[A-C]1", "b1", true),
        ("\\w+@", "me@x", true), ("a\\sb", "a\tb", true), ("^$", "", true), ("^$", "x", false),
    ])
    func accepts(_ source: String, _ text: String, _ isAccepted: Bool) throws {
        #expect(try #require(Pattern(source)).accepts(text) == isAccepted)
    }

    @Test(arguments: ["", "!", "[", "[a", "(", "(a", "a)", "*", "+a", "a|*", "[z-a]", "\\"])
    func whatIsNoExpressionIsRefused(_ source: String) {
        #expect(Pattern(source) == nil)
    }

    @Test func tooManyPositionsAreRefused() {
        #expect(Pattern(String(repeating: "a", count: 63)) != nil)
        #expect(Pattern(String(repeating: "a", count: 64)) == nil)
        #expect(Pattern(String(repeating: "(", count: 100) + "a" + String(repeating: ")", count: 100)) == nil)
    }

    @Test func matchesAreLeftmostAndLongest() throws {
        let pattern = try #require(Pattern("ab+"))
        #expect(pattern.matches(in: "xabbb ab a") == [1..<5, 6..<8])
        #expect(try #require(Pattern("!x")).matches(in: "x").isEmpty)
    }

    /// What makes a backtracking matcher run for years.
    @Test func noExpressionIsSlow() throws {
        let pattern = try #require(Pattern("(a*)*(a*)*(a*)*b"))
        #expect(!pattern.accepts(String(repeating: "a", count: 8000)))
    }
}
