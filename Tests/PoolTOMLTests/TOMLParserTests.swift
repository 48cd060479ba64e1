import PoolTOML
import Testing

@Suite struct TOMLParserTests {
    private func value(_ text: String) -> TOMLValue.Kind? {
        let (table, errors) = TOMLParser.parse("x = " + text)
        return errors.isEmpty ? table["x"]?.kind : nil
    }

    @Test(
        arguments: [
            ("\"a\\tb\\u00e9\\U0001F600\"", TOMLValue.Kind.string("a\tbé😀")),
            ("'C:\\dir'", .string("C:\\dir")),
            ("\"\"\"\none\\\n   two\"\"\"", .string("onetwo")),
            ("'''\na''b'''''", .string("a''b''")),
            ("1_000", .integer(1000)), ("-0", .integer(0)), ("0x_1", nil), ("0xfF", .integer(255)),
            ("0o660", .integer(432)),
            ("0b101", .integer(5)), ("010", nil), ("9223372036854775807", .integer(.max)), ("9223372036854775808", nil),
            ("1.5e3", .float(1500)), ("1.", nil), (".5", nil), ("1e_3", nil), ("inf", .float(.infinity)),
            ("true", .boolean(true)), ("True", nil), ("yes", nil),
            ("2026-11-22T07:41:05Z", .dateTime("2026-11-22T07:41:05Z")), ("2026-02-30", nil),
            ("07:41:05.5", .dateTime("07:41:05.5")),
            ("\"a", nil), ("'a\nb'", nil), ("\"\\x\"", nil), ("\"\\uD800\"", nil), ("[1,,2]", nil), ("{a = 1,}", nil),
        ] as [(String, TOMLValue.Kind?)]
    )
    func readsValues(text: String, expected: TOMLValue.Kind?) {
        #expect(value(text) == expected)
    }

    @Test func everyValueKnowsItsPlace() throws {
        let (table, errors) = TOMLParser.parse("# é\r\n[a]\r\n  b.c = [ 1,\r\n    \"é\", 3 ]\n[[d]]\ne = { f = 1 }\n")
        #expect(errors.isEmpty)
        guard case .table(let a) = table["a"]?.kind, case .table(let b) = a["b"]?.kind,
            case .array(let c) = b["c"]?.kind, case .array(let d) = table["d"]?.kind
        else {
            Issue.record("unexpected shape: \(table)")
            return
        }
        #expect(a.entries.map(\.keyPosition) == [TextPosition(line: 3, column: 3)])
        #expect(b.entries.map(\.keyPosition) == [TextPosition(line: 3, column: 5)])
        #expect(c.map(\.position) == [(3, 11), (4, 5), (4, 10)].map { TextPosition(line: $0.0, column: $0.1) })
        #expect(d.map(\.position) == [TextPosition(line: 5, column: 3)])
    }

    @Test(arguments: [
        ("a = 1\na = 2", "2:1 \"a\" is already defined on line 1"),
        ("[a]\nb = 1\n[a]", "3:2 \"a\" is already defined on line 1"),
        ("[a]\nb = 1\n[a.b]", "3:4 \"b\" is already defined on line 2"),
        ("a.b = 1\n[a]", "2:2 \"a\" is already defined on line 1"),
        ("a = [1]\n[[a]]", "2:3 \"a\" is already defined on line 1"),
        ("a = { b = 1 }\na.c = 2", "2:1 \"a\" is already defined on line 1"),
        ("a 1", "1:3 expected '=' after the key, found '1'"),
        ("a = 1 b = 2", "1:7 expected the end of the line, found 'b'"),
        ("a =", "1:4 expected a value, found the end of the file"),
        ("[a", "1:3 expected ']' after the table's name, found the end of the file"),
        ("a = \"x\ny\"", "1:7 the string is not closed on this line"),
        ("a = b", "1:5 \"b\" is no value; put text in quotes"),
    ])
    func saysWhatIsWrongAndWhere(text: String, expected: String) throws {
        let error = try #require(TOMLParser.parse(text).errors.first)
        #expect("\(error.position) \(error.message)" == expected)
    }

    @Test func reportsEveryBrokenLine() {
        let (table, errors) = TOMLParser.parse("a = \nb = 2\nc = x\n[d\ne = 5\n")
        #expect(errors.map(\.position.line) == [1, 3, 4])
        #expect(table["b"]?.kind == .integer(2))
    }

    @Test func anEscapedLineEndStillCounts() {
        let (_, errors) = TOMLParser.parse("a = \"x\\\nb = 1\nc = y\n")
        #expect(errors.map(\.position) == [TextPosition(line: 1, column: 7), TextPosition(line: 3, column: 5)])
    }

    @Test func depthIsBounded() {
        for text in [
            String(repeating: "[", count: 100_000), "a = " + String(repeating: "[", count: 100_000),
            "a = " + String(repeating: "{a=", count: 100_000), String(repeating: "a.", count: 100_000) + "a = 1",
        ] {
            #expect(!TOMLParser.parse(text).errors.isEmpty)
        }
    }

    @Test func aMegabyteOnOneLineTakesNoQuadraticTime() {
        let clock = ContinuousClock()
        func time(_ count: Int) -> Duration {
            let text = "a = [" + String(repeating: "1, ", count: count) + "]"
            return clock.measure { #expect(TOMLParser.parse(text).errors.isEmpty) }
        }
        // Quadratic would be 400 times as long; linear is 20.
        #expect(time(40_000) < time(2000) * 100 + .seconds(1))
    }
}
