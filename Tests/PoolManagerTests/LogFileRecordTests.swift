import PoolModel
import Testing

@testable import PoolManager

@Suite struct LogFileRecordTests {
    private let worker = WorkerID(pool: "example", number: 3)

    private func line(
        _ text: [UInt8],
        sequence: UInt64 = 1042,
        stream: LogStream = .stdout,
        isContinued: Bool = false
    ) -> LogLine {
        LogLine(
            sequence: sequence,
            at: Timestamp(microseconds: 1_795_333_265_120_456),
            worker: worker,
            life: 7,
            stream: stream,
            bytes: text,
            isContinued: isContinued
        )
    }

    @Test func theFormIsForPeopleToo() {
        var record = LogFileRecord()
        var bytes: [UInt8] = []
        record.encode(line(Array("GET / 200".utf8)), into: &bytes)
        record.encode(line(Array("x".utf8), sequence: 0, stream: .stderr, isContinued: true), into: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "2026-11-22T07:41:05.120456Z 1042 7 out GET / 200\n2026-11-22T07:41:05.120456Z 0 7 err+x\n"
        )
    }

    @Test(arguments: [0, 1 << 63, UInt64.max])
    func aNumberThatNoLineHasIsNotOurs(_ sequence: UInt64) {
        var record = LogFileRecord()
        var bytes: [UInt8] = []
        record.encode(line(Array("x".utf8), sequence: sequence), into: &bytes)
        #expect(LogFileRecord.decode(bytes.dropLast(), worker: worker) == nil)
    }

    @Test(
        arguments: [
            [], Array("plain".utf8), Array(" leading and trailing ".utf8), [0xff, 0xfe, 0x00, 0x1b, 0x5b],
            Array("+ a plus, then out err pool".utf8),
        ] as [[UInt8]]
    )
    func rawBytesComeBackUntouched(text: [UInt8]) throws {
        for stream in LogStream.allCases {
            for isContinued in [false, true] {
                let before = line(text, stream: stream, isContinued: isContinued)
                var record = LogFileRecord()
                var bytes: [UInt8] = []
                record.encode(before, into: &bytes)
                #expect(LogFileRecord.decode(bytes.dropLast(), worker: worker) == before)
            }
        }
    }

    @Test(arguments: [
        "", "x", "2026-11-22T07:41:05.120456Z", "2026-11-22T07:41:05.120456Z 12", "no time 1 2 out text",
        "2026-11-22T07:41:05.120456Z a 7 out text", "2026-11-22T07:41:05.120456Z 1 7 outer text",
        "2026-11-22T07:41:05.120456Z 1 7 out",
    ])
    func whatIsNotOursIsRefused(text: String) {
        #expect(LogFileRecord.decode(Array(text.utf8)[...], worker: worker) == nil)
    }

    @Test func aFilterLooksAtEverythingItWasGiven() {
        var filter = LogFilter()
        let sample = line(Array("GET /Health 200".utf8))
        #expect(filter.matches(sample))
        filter.text = Array("health".utf8)
        #expect(!filter.matches(sample))
        filter.ignoresCase = true
        #expect(filter.matches(sample))
        filter.streams = [.stderr]
        #expect(!filter.matches(sample))
        filter.streams = []
        filter.workers = [WorkerID(pool: "example", number: 4)]
        #expect(!filter.matches(sample))
        filter.workers = nil
        filter.since = Timestamp(microseconds: sample.at.microseconds + 1)
        #expect(!filter.matches(sample))
    }
}
