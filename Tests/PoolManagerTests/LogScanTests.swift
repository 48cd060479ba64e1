import PoolCore
import PoolModel
import Testing

@testable import PoolManager

@Suite struct LogScanTests {
    private func line(_ text: String) -> LogLine {
        LogLine(
            sequence: 1,
            at: Timestamp(microseconds: 0),
            worker: WorkerID(pool: "p", number: 1),
            life: 1,
            stream: .stdout,
            bytes: Array(text.utf8)
        )
    }

    @Test func thePatternIsOneConditionAmongOthers() throws {
        var filter = LogFilter()
        filter.pattern = try BytePattern("GET .* 5\\d\\d$".utf8)
        filter.text = Array("/slow".utf8)
        let scan = LogScan(filter)
        #expect(scan.takes(line("GET /slow 503")))
        #expect(!scan.takes(line("GET /fast 503")) && !scan.takes(line("GET /slow 200")))
        #expect(!scan.isCutShort)
    }

    @Test func aScanThatTakesTooLongSaysSo() throws {
        var filter = LogFilter()
        filter.pattern = try BytePattern("x".utf8)
        let scan = LogScan(filter, steps: 10_000)
        #expect(scan.takes(line("x")))
        for _ in 0..<20 { #expect(!scan.takes(line(String(repeating: "a", count: 1000)))) }
        #expect(scan.isCutShort)
    }
}
