import PoolScreen
import Testing

struct KeyDecoderTests {
    @Test(arguments: [
        ("q", [Key.character("q")]), ("é", [.character("é")]), ("東", [.character("東")]), ("😀", [.character("😀")]),
        (" ", [.character(" ")]), ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]),
        ("\u{8}", [.backspace]), ("\u{3}", [.control("c")]), ("\u{1A}", [.control("z")]), ("\u{0}", [.control(" ")]),
        ("\u{1B}[A", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}[C\u{1B}[D", [.right, .left]),
        ("\u{1B}[H", [.home]), ("\u{1B}[1~", [.home]), ("\u{1B}OF", [.end]), ("\u{1B}[4~", [.end]),
        ("\u{1B}[8~", [.end]),
        ("\u{1B}[5~\u{1B}[6~", [.pageUp, .pageDown]), ("\u{1B}[Z", [.backTab]), ("\u{1B}[2~", [.insert]),
        ("\u{1B}[3~", [.delete]), ("\u{1B}OP", [.function(1)]), ("\u{1B}[[A", [.function(1)]),
        ("\u{1B}[11~", [.function(1)]),
        ("\u{1B}[15~", [.function(5)]), ("\u{1B}[17~", [.function(6)]), ("\u{1B}[24~", [.function(12)]),
        ("\u{1B}[1;5A", [.up]), ("\u{1B}x", [.alt("x")]), ("\u{1B}[<0;10;5M", [.click(Point(x: 9, y: 4))]),
        ("\u{1B}[<0;10;5m", []), ("\u{1B}[<64;1;1M", [.wheel(lines: -3, Point(x: 0, y: 0))]),
        ("\u{1B}[<65;300;90M", [.wheel(lines: 3, Point(x: 299, y: 89))]), ("\u{1B}[<32;2;2M", []),
        ("\u{1B}[M !!", [.click(Point(x: 0, y: 0))]), ("\u{1B}[999z", []), ("\u{1B}[I", []), ("\u{1B}[?1;2c", []),
        ("\u{1B}[200~a\u{1B}[Ab\n\u{1B}[201~q", [.paste("a\u{1B}[Ab\n"), .character("q")]),
    ])
    func sequences(_ text: String, _ keys: [Key]) {
        var decoder = KeyDecoder()
        #expect(decoder.decode(text.utf8) == keys)
        #expect(decoder.flush().isEmpty)
    }

    @Test(arguments: [
        "\u{1B}[5~", "\u{1B}OP", "\u{1B}[<0;10;5M", "東京", "\u{1B}[200~hello\u{1B}[201~", "\u{1B}[M !!", "\u{1B}[[B",
    ])
    func sequencesMayComeByteByByte(_ text: String) {
        var whole = KeyDecoder()
        let expected = whole.decode(text.utf8)
        var decoder = KeyDecoder()
        var keys: [Key] = []
        for byte in text.utf8 { keys += decoder.decode([byte]) }
        #expect(keys == expected)
    }

    @Test func aLoneEscapeIsTheKeyOnceNothingFollows() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0x1B]).isEmpty)
        #expect(decoder.isWaiting)
        #expect(decoder.flush() == [.escape])
        #expect(!decoder.isWaiting)
        #expect(decoder.decode([0x1B, 0x1B]) == [.escape])
        #expect(decoder.flush() == [.escape])
    }

    @Test func terminfoKnowsMore() {
        var decoder = KeyDecoder(sequences: [[0x1B, 0x5B, 0x34, 0x32, 0x7A]: .function(7)])
        #expect(decoder.decode([0x1B, 0x5B, 0x34, 0x32, 0x7A]) == [.function(7)])
    }

    @Test func whatIsNoUTF8IsSkipped() {
        var decoder = KeyDecoder()
        #expect(decoder.decode([0xFF, 0xC3, 0x28, 0x80, 0x61]) == [.character("("), .character("a")])
    }

    @Test func aPasteWithoutAnEndStaysBounded() {
        var decoder = KeyDecoder()
        _ = decoder.decode("\u{1B}[200~".utf8)
        for _ in 0..<100 { #expect(decoder.decode(Array(repeating: 0x61, count: 1000)).isEmpty) }
        let keys = decoder.decode("\u{1B}[201~".utf8)
        guard case .paste(let text) = keys.first else {
            Issue.record("no paste: \(keys)")
            return
        }
        #expect(text.utf8.count == KeyDecoder.pasteBytesMax)
    }

    /// Whatever comes, the decoder neither stops nor keeps it all.
    @Test func noiseIsDigested() {
        var state: UInt64 = 7
        var decoder = KeyDecoder()
        let alphabet: [UInt8] = [
            0x1B, 0x5B, 0x4F, 0x3C, 0x3B, 0x30, 0x31, 0x7E, 0x4D, 0x41, 0xE6, 0x9D, 0xB1, 0xFF, 0x61,
        ]
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            _ = decoder.decode([alphabet[Int(state >> 33) % alphabet.count]])
        }
        _ = decoder.decode("\u{1B}[201~".utf8)
        _ = decoder.flush()
        #expect(decoder.decode("q".utf8) == [.character("q")])
    }
}
