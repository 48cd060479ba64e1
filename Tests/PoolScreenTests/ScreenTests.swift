import PoolScreen
import Testing

struct ScreenTests {
    private let size = Size(columns: 10, rows: 3)

    @Test func textIsCutAtTheEdgeAndNeverInsideAWideGlyph() {
        var screen = Screen(size: size)
        let end = screen.put("東京東京東京", x: 1, y: 0)
        #expect(end == 9)
        #expect(screen.text.split(separator: "\n", omittingEmptySubsequences: false)[0] == " 東京東京")
    }

    @Test func whatWasCutIsMarkedInTheLastColumn() {
        var screen = Screen(size: size)
        screen.put("abcdefgh", x: 0, y: 0, limit: 5, mark: "›")
        screen.put("東京東", x: 0, y: 1, limit: 5, mark: "›")
        #expect(screen.text == "abcd›\n東京›\n\n")
    }

    @Test func aGlyphThatLosesItsOtherHalfIsBlanked() {
        var screen = Screen(size: size)
        screen.put("東京", x: 0, y: 0)
        screen.put("x", x: 1, y: 0)
        screen.put("y", x: 2, y: 0)
        #expect(screen.text.hasPrefix(" xy\n"))
        #expect(!screen.cells.contains { $0.isTail })
    }

    @Test func controlsAndJoinersNeverReachACell() {
        var screen = Screen(size: size)
        screen.put("a\u{1B}[\u{9B}\u{7F}e\u{200D}\u{202E}\u{FE0F}\u{E0001}\u{FEFF}", x: 0, y: 0)
        #expect(screen.text.hasPrefix("a·[··e\n"))
        #expect(screen.cells.allSatisfy { $0.marks == 0 })
    }

    @Test func marksStayWithTheirGlyphAndAreBounded() {
        var screen = Screen(size: size)
        let end = screen.put("e\u{301}東\u{3099}\u{20DD}x", x: 0, y: 0)
        #expect(end == 4)
        #expect(screen.text.unicodeScalars.elementsEqual("e\u{301}東\u{3099}\u{20DD}x\n\n\n".unicodeScalars))
        screen.put(String(repeating: "\u{300}", count: 50), x: 4, y: 0)
        screen.put("z" + String(repeating: "\u{300}", count: 50), x: 0, y: 1)
        #expect(screen[3, 0].marks == 0, "marks of another text")
        #expect(screen[0, 1].markScalars.count == Cell.marksMax)
        // Another glyph in the same place has none of them.
        screen.put("y", x: 0, y: 0)
        #expect(screen[0, 0].marks == 0)
        screen.put("x", x: 2, y: 0)
        #expect(screen[1, 0] == Cell(scalar: 0x20, role: .normal))
    }

    @Test func ofACutGlyphNoMarkIsLeft() {
        var screen = Screen(size: size)
        screen.put("東\u{301}a\u{302}", x: -1, y: 0)
        screen.put("abcdefghij\u{301}k\u{302}", x: 0, y: 1)
        screen.put("ab\u{301}\u{302}c", x: 0, y: 2, limit: 2, mark: "›")
        #expect(screen[0, 0].marks == 0)
        #expect(screen[1, 0].markScalars == ["\u{302}"])
        #expect(screen[9, 1].markScalars == ["\u{301}"])
        #expect(screen.text.split(separator: "\n")[2] == "a›")
    }

    @Test func drawingOutsideHasNoEffect() {
        var screen = Screen(size: size)
        screen.put("abc", x: 0, y: -1)
        screen.put("abc", x: 0, y: 3)
        screen.put("abc", x: 10, y: 0)
        screen.put("abc", x: -2, y: 1)
        screen.fill(Rect(x: -5, y: -5, width: 4, height: 50), "x")
        screen.restyle(Rect(x: 8, y: 2, width: 50, height: 50), role: .bad)
        #expect(screen.text == "\nc\n\n")
        #expect(screen[9, 2].role == Role.bad.rawValue)
    }

    @Test func aBoxFramesAndClears() {
        var screen = Screen(size: Size(columns: 12, rows: 3))
        screen.fill(screen.bounds, "x")
        let inner = screen.box(Rect(x: 1, y: 0, width: 10, height: 3), title: "Hi", glyphs: .lines)
        #expect(inner == Rect(x: 2, y: 1, width: 8, height: 1))
        #expect(screen.text == "x┌─ Hi ───┐x\nx│        │x\nx└────────┘x\n")
    }

    @Test func goldenTextHoldsTextRolesAndCursor() {
        var screen = Screen(size: Size(columns: 4, rows: 2))
        screen.put("ok", x: 0, y: 0, role: .ok)
        screen.put("東", x: 0, y: 1, role: .bad)
        screen.mark(Rect(x: 2, y: 1, width: 1, height: 1), .stale)
        screen.cursor = Point(x: 1, y: 1)
        #expect(screen.golden == "4x2\n┋ok  ┋\n┋東  ┋\nroles\noo..\nbb,.\ncursor 1,1\n")
    }

    @Test func everyRoleHasALetterOfItsOwn() {
        #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count)
    }

    @Test func cellsAreSixteenBytes() {
        #expect(MemoryLayout<Cell>.size == 16)
        #expect(MemoryLayout<Cell>.stride == 16)
    }
}
