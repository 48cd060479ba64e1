import PoolAPI
import PoolModel
import Testing

/// The hand-written JSON of log lines is that of the record's own `Codable`, byte by byte.
@Suite struct LogRecordWriterTests {
    private func line(_ bytes: [UInt8], _ number: UInt64 = 7, stream: LogStream = .stdout) -> LogLine {
        LogLine(
            sequence: number,
            at: Timestamp(microseconds: Samples.time.microseconds + Int64(number % 3) * 1000),
            worker: WorkerID(pool: "web-\(number % 2)", number: Int(number % 5)),
            life: number / 3,
            stream: stream,
            bytes: bytes,
            isContinued: number % 4 == 0
        )
    }

    @Test func everyByteIsWrittenAsFoundationDoes() throws {
        var writer = LogRecordWriter()
        for byte in UInt8.min ... .max {
            let line = line([UInt8(ascii: "a"), byte, UInt8(ascii: "b")])
            #expect(writer.json(line) == (try JSONCoding.encode(LogRecord(line))), "byte \(byte)")
        }
    }

    @Test(arguments: [
        "", "plain", "a\"b\\c/d", "\u{1b}[31mred\u{1b}[0m", "東京 \u{1F600} e\u{301} \u{2028}\u{2029}\u{FEFF}",
        "\t\r\n\u{8}\u{c}\u{7f}",
    ])
    func textsAreWrittenAsFoundationDoes(_ text: String) throws {
        var writer = LogRecordWriter()
        for stream in LogStream.allCases {
            let line = line(Array(text.utf8), stream: stream)
            #expect(writer.json(line) == (try JSONCoding.encode(LogRecord(line))))
        }
    }

    @Test func whatIsKeptFromTheLineBeforeIsNotTheNextOnes() throws {
        var writer = LogRecordWriter()
        var random = SplitMix64(seed: 7)
        for number in 1...500 as ClosedRange<UInt64> {
            let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            let line = line(bytes, number)
            #expect(writer.json(line) == (try JSONCoding.encode(LogRecord(line))), "\(bytes)")
        }
    }
}
