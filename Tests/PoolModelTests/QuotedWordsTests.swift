import PoolModel
import Testing

struct QuotedWordsTests {
    @Test(
        arguments: [
            ("", []), ("  ", []), ("a b", ["a", "b"]), (" a  b ", ["a", "b"]), ("'a b' c", ["a b", "c"]),
            ("a'b c'd", ["ab cd"]), ("\"it's\"", ["it's"]), ("'' b", ["", "b"]), ("'a b", ["a b"]),
            ("a\\ b", ["a\\", "b"]),
        ] as [(String, [String])]
    )
    func splits(_ line: String, _ words: [String]) {
        #expect(QuotedWords.split(line) == words)
    }

    @Test(arguments: [("a b", false), ("'a", true), ("'a'", false), ("\"it's", true), ("it's", true)])
    func isOpen(_ line: String, _ isOpen: Bool) {
        #expect(QuotedWords.isOpen(line) == isOpen)
    }

    @Test(arguments: [("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$(x)", "'$(x)'")])
    func quotes(_ text: String, _ quoted: String) {
        #expect(QuotedWords.quoted(text) == quoted)
    }
}
