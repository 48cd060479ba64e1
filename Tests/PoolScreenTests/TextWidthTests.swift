import PoolScreen
import Testing

struct TextWidthTests {
    @Test(arguments: [
        ("a", 1), ("é", 1), ("e\u{301}", 1), ("東京", 4), ("ｱ", 1), ("Ａ", 2), ("가", 2), ("😀", 2), ("⚡", 2), ("─", 1),
        ("█", 1), ("●", 1), ("\u{200D}", 0), ("\u{FE0F}", 0), ("\u{AD}", 1), ("\u{202E}", 0), ("\u{1F1E9}", 1),
        ("\u{20000}", 2), ("\u{3FFFD}", 1), ("", 0), ("ก็", 1),
    ])
    func columnsOfText(_ text: String, _ columns: Int) {
        #expect(TextWidth.columns(of: text) == columns)
    }

    @Test func aPrefixNeverCutsAWideGlyph() {
        #expect(TextWidth.prefix(of: "a東京", columns: 2) == "a")
        #expect(TextWidth.prefix(of: "a東京", columns: 3) == "a東")
        #expect(TextWidth.prefix(of: "abc", columns: 9) == "abc")
        #expect(TextWidth.prefix(of: "abc", columns: 0) == "")
    }
}
