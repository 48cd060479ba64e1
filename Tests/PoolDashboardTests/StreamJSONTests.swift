@testable import PoolDashboard
import PoolAPI
import PoolModel
import Testing

struct StreamJSONTests {
    private struct Everything: Codable, Equatable {
        enum Word: String, Codable { case one, two }
        enum Choice: Codable, Equatable { case empty, pair(Int, name: String) }

        var text = "a\"b\\c\n\u{1F600}東\u{0}é/"
        var whole = Int64.min
        var natural = UInt64.max
        var fraction = -0.1
        var large = 1.5e300
        var tiny = 2.5e-8
        var yes = true
        var no = false
        var nothing: Int?
        var words = [Word.one, .two]
        var choices = [Choice.empty, .pair(3, name: "x")]
        var nested = [["a": 1.25], [:]]
        var bytes: [UInt8] = [0, 255]
    }

    @Test func whatWasEncodedIsDecodedTheSame() throws {
        let value = Everything()
        for pretty in [false, true] {
            let bytes = try JSONCoding.encode(value, pretty: pretty)
            let tape = try JSONTape(bytes)
            #expect(try Everything(from: JSONTapeDecoder(tape: tape, index: 0)) == value)
        }
    }

    @Test(arguments: [
        "0.1", "-0.1", "123456789012345678", "1e3", "1E-7", "9007199254740993", "0.30000000000000004",
        "17976931348623157e292",
        "99999999999999.9", "4.9e-324", "3.14159265358979323846", "0", "-0", "100000000000000000000",
    ])
    func doublesAreTheNearest(_ text: String) throws {
        let value = try Double(from: JSONTapeDecoder(tape: JSONTape(Array(text.utf8)), index: 0))
        #expect(value == Double(text))
    }

    @Test(arguments: [
        "", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"", "\"\\", "tru", "nul", "[1]]", "\"a\nb\"", "}",
        ",", "[,]", "{,}",
        String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ])
    func whatIsMalformedIsRefused(_ text: String) {
        #expect(throws: JSONTape.Malformed.self) { try JSONTape(Array(text.utf8)) }
    }

    @Test(arguments: ["01", "1.", "--1", "+1", "1.5", "1e2", "18446744073709551616", "\"1\"", "true", "null"])
    func whatIsNoWholeNumberIsRefused(_ text: String) throws {
        let tape = try JSONTape(Array(text.utf8))
        #expect(throws: JSONTapeDecoder.Mismatch.self) { try UInt64(from: JSONTapeDecoder(tape: tape, index: 0)) }
    }

    @Test(arguments: ["\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\""])
    func malformedEscapesAreRefused(_ text: String) throws {
        let tape = try JSONTape(Array(text.utf8))
        #expect(throws: JSONTapeDecoder.Mismatch.self) { try String(from: JSONTapeDecoder(tape: tape, index: 0)) }
    }

    /// Errors come from the slow decoder, which names the place.
    @Test func anErrorNamesThePlace() {
        let error = #expect(throws: PoolError.self) {
            try StreamJSON.decode(
                StateSnapshot.self,
                from: Array("{\"sequence\":1,\"at\":\"2026-11-22T07:41:09Z\",\"pools\":[{}]}".utf8)
            )
        }
        #expect(error?.message.contains("pools[0]") == true)
    }

    /// Half of a valid text never makes the decoder trap.
    @Test func cutTextsAreRefused() throws {
        let bytes = try JSONCoding.encode(Everything())
        for count in 0..<bytes.count {
            #expect(throws: JSONTape.Malformed.self) { try JSONTape(Array(bytes[..<count])) }
        }
    }
}
