import PoolUI
import Testing

struct LogTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\tb", "a       b"), ("1234567\tb", "1234567 b"), ("\u{1B}[31mred\u{1B}[0m", "red"),
        ("\u{1B}]0;title\u{07}x", "x"), ("\u{1B}]8;;http://x\u{1B}\\link", "link"), ("\u{9B}31mred", "red"),
        ("a\rb\u{8}c\u{0}", "abc"),
        ("\u{1B}(Bx", "x"), ("\u{1B}Pq#0\u{1B}\\x", "x"), ("\u{1B}", ""), ("x\u{1B}[", "x"),
        ("\u{202E}abc\u{2066}", "abc"),
        ("a\u{200D}b\u{FE0F}", "ab"), ("\u{E000}", "\u{FFFD}"), ("\u{378}", "\u{FFFD}"), ("東京", "東京"),
        ("e\u{301}", "e\u{301}"),
        ("a\u{85}b", "ab"), ("\u{7F}", ""), ("\u{FEFF}x", "x"), ("a\u{1B}]never ends", "a"),
    ])
    func cleans(_ text: String, _ cleaned: String) {
        #expect(LogText.clean(text) == cleaned)
    }

    @Test func longLinesAreCutAtAWholeScalarWithAMark() {
        let text = String(repeating: "東", count: 3000)
        let cleaned = LogText.clean(text)
        #expect(cleaned.hasSuffix(" [+810 bytes]"))
        #expect(cleaned.utf8.count < LogText.bytesMax + 20)
        #expect(!cleaned.contains("\u{FFFD}"))
    }
}
