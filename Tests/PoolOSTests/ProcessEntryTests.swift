internal import PoolOS
internal import Testing

struct ProcessEntryTests {
    @Test func aNameMayHoldParentheses() {
        let line =
            "42 (a) S 9 (b)) R 7 40 41 0 -1 4194304 90 0 3 0 11 5 0 0 20 0 6 0 123456 4096000 250 18446744073709551615 1"
        let entry = ProcessEntry(Array(line.utf8))
        #expect(entry?.state == UInt8(ascii: "R"))
        #expect(entry?.parent == 7)
        #expect(entry?.processGroup == 40)
        #expect(entry?.cpuTicks == 16)
        #expect(entry?.threads == 6)
        #expect(entry?.startTicks == 123_456)
        #expect(entry?.residentPages == 250)
    }

    @Test(arguments: ["", "1 (x", "1 (x) R 1 2 3", ")"])
    func whatIsNoLineIsNone(_ text: String) {
        #expect(ProcessEntry(Array(text.utf8)) == nil)
    }
}
