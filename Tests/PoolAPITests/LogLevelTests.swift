import PoolAPI
import Testing

@Suite struct LogLevelTests {
    @Test(arguments: [
        ("2026-11-22 07:41:05,120 ERROR app: it broke", LogLevel.error),
        ("WARNING:aiohttp.server:slow", .warning),
        ("[2026-11-22 07:41:05 +0000] [12] [INFO] Booting", .info),
        ("[error] 12#0: *1 connect() failed", .error),
        ("{\"level\":\"warn\",\"msg\":\"x\"}", .warning),
        ("level=critical msg=x", .critical),
        ("time=1 level=debug", .debug),
        ("CRITICAL end", .critical),
        ("no error here", .info),
        ("Errors were found", .info),
        ("INFORMATION", .info),
        ("TERROR", .info),
        ("Traceback (most recent call last):", .error),
        ("a traceback", .info),
        ("", .info),
    ])
    func theFirstLevelWordCounts(_ line: String, _ level: LogLevel) {
        #expect(LogLevel(ofLine: line.utf8) == level)
    }

    @Test func onlyTheFirstBytesAreLookedAt() {
        #expect(LogLevel(ofLine: (String(repeating: "x ", count: 200) + "ERROR").utf8) == .info)
    }

    @Test func theyAreInTheirOrder() {
        #expect(LogLevel.allCases.sorted() == LogLevel.allCases)
    }
}
