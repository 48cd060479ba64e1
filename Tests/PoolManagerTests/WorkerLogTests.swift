import Glibc
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

/// A worker's output over every kind of end of its reader: nothing lost, nothing doubled, nothing torn.
@Suite struct WorkerLogTests {
    private let directory: TemporaryDirectory
    private let id = WorkerID(pool: "p", number: 1)
    private let now = Timestamp(microseconds: 1_795_333_265_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ spec: LogSpec = LogSpec()) throws -> WorkerLog {
        let log = try WorkerLog(id, life: 1, spec: spec, spools: directory.path, logs: directory.path)
        _ = try log.openTails()
        return log
    }

    /// Reads all there is, and numbers on from what the log knows.
    @discardableResult
    private func read(_ log: WorkerLog, isFinal: Bool = false) throws -> [LogLine] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var sequence = log.lastSequence
        var lines: [LogLine] = []
        var isMore = true
        while isMore {
            let outcome = try log.read(isFinal: isFinal, buffer: &buffer, at: now) {
                sequence += 1
                return sequence
            }
            lines += outcome.lines
            isMore = outcome.isMore
        }
        return lines
    }

    /// What the worker says, through descriptors like its own.
    private func say(_ text: String, _ log: WorkerLog, on stream: Int = 0) throws {
        let writers = try log.writers(redirectStderr: false)
        try writers[stream].file.writeAll(Array(text.utf8))
    }

    private func texts(_ lines: [LogLine]) -> [String] { lines.map { String(decoding: $0.bytes, as: UTF8.self) } }

    /// The texts of the current log file.
    private var filed: [String] {
        directory.read("p_1.log").split(separator: 10).compactMap {
            LogFileRecord.decode($0, worker: id).map { String(decoding: $0.bytes, as: UTF8.self) }
        }
    }

    @Test func linesAreReadOnceAndFiled() throws {
        let log = try open()
        try say("one\ntwo\nthr", log)
        try say("error\n", log, on: 1)
        #expect(try texts(read(log)) == ["one", "two", "error"])
        try say("ee\n", log)
        #expect(try texts(read(log)) == ["three"])
        #expect(filed == ["one", "two", "error", "three"])
    }

    @Test func theLastLineOfAProcessNeedsNoLineFeed() throws {
        let log = try open()
        try say("done\nbye", log)
        #expect(try texts(read(log)) == ["done"])
        #expect(try texts(read(log, isFinal: true)) == ["bye"])
        #expect(filed == ["done", "bye"])
    }

    @Test func aNewReaderGoesOnWhereTheOldOneWas() throws {
        var log = try open()
        for number in 1...50 {
            try say("line \(number)\n", log)
            if number.isMultiple(of: 3) { try read(log) }
            // The old reader is forgotten without a goodbye.
            if number.isMultiple(of: 7) { log = try open() }
        }
        try read(log)
        #expect(filed == (1...50).map { "line \($0)" })
        #expect(log.lastSequence == 50)
    }

    /// Killed between the write to the file and the checkpoint: what the file has too much is cut off.
    @Test func whatWasFiledButNotRecordedIsFiledOnce() throws {
        let log = try open()
        try say("one\n", log)
        try read(log)
        try say("two\n", log)
        var record = LogFileRecord()
        var bytes: [UInt8] = []
        let line = LogLine(sequence: 2, at: now, worker: id, life: 1, stream: .stdout, bytes: Array("two".utf8))
        record.encode(line, into: &bytes)
        for length in 1...bytes.count {
            directory.write(Array(bytes[..<length]), to: "p_1.log", flags: O_APPEND)
            _ = try open()
            #expect(filed == ["one"])
        }
        let next = try open()
        #expect(try texts(read(next)) == ["two"])
        #expect(filed == ["one", "two"])
    }

    @Test func outputAfterTheWorkerCutItsOwnIsNotLost() throws {
        let log = try open()
        try say("one\ntwo\n", log)
        try read(log)
        let path = "\(directory.path)/p_1.out"
        #expect(truncate(path, 0) == 0)
        try say("new\n", log)
        let mark = "the worker cut its stdout: what was not read yet is lost"
        #expect(try texts(read(log)) == [mark, "new"])
        // The next reader begins behind it.
        #expect(try texts(read(open())) == [])
        #expect(filed == ["one", "two", mark, "new"])
    }

    @Test func aFileIsRotatedBeforeTheLineThatIsTooMuch() throws {
        var spec = LogSpec()
        spec.fileBytesMax = 500
        spec.filesMax = 3
        let log = try open(spec)
        let numbers = (1...40).map { "number \($0)" }
        try say(numbers.joined(separator: "\n") + "\n", log)
        try read(log)
        var all: [String] = []
        for name in ["p_1.log.3", "p_1.log.2", "p_1.log.1", "p_1.log"] {
            let bytes = directory.read(name)
            #expect(bytes.count <= 500 && !bytes.isEmpty)
            #expect(bytes.last == 10)
            all += bytes.split(separator: 10).compactMap {
                LogFileRecord.decode($0, worker: id).map { String(decoding: $0.bytes, as: UTF8.self) }
            }
        }
        #expect(!directory.exists("p_1.log.4"))
        #expect(all == Array(numbers.suffix(all.count)))
    }

    /// Killed between the renaming and the checkpoint after it: the new file is shorter than what was recorded.
    @Test func aRotationThatWasNotRecordedLosesNothing() throws {
        let log = try open()
        try say("one\ntwo\n", log)
        try read(log)
        rename("\(directory.path)/p_1.log", "\(directory.path)/p_1.log.1")
        let next = try open()
        try say("three\n", next)
        #expect(try texts(read(next)) == ["three"])
        #expect(filed == ["three"])
        #expect(directory.read("p_1.log.1").split(separator: 10).count == 2)
    }

    @Test func aFileThatCannotBeWrittenIsToldOnceAndHoldsNobodyUp() throws {
        let file = LogFile(path: "\(directory.path)/p_1.log")
        let log = try WorkerLog(id, life: 1, spec: LogSpec(), spools: directory.path, file: file)
        _ = try log.openTails()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var sequence: UInt64 = 0
        func outcome() throws -> WorkerLog.Outcome {
            try log.read(isFinal: false, buffer: &buffer, at: now) {
                sequence += 1
                return sequence
            }
        }
        file.path = "/dev/full"
        try log.reopen()
        try say("lost 1\n", log)
        let first = try outcome()
        #expect(texts(first.lines) == ["lost 1"])
        #expect(first.notices.count == 1)
        try say("lost 2\n", log)
        #expect(try outcome().notices.isEmpty)
        file.path = "\(directory.path)/p_1.log"
        try log.reopen()
        try say("kept\n", log)
        let last = try outcome()
        #expect(last.notices.count == 1 && last.notices[0].contains("2 lines were not"))
        #expect(filed == ["kept"])
    }

    @Test func marksStandBetweenTheLines() throws {
        let log = try open()
        try say("before\n", log)
        try read(log)
        let outcome = log.mark("p_1 is RUNNING", life: log.life, sequence: 2, at: now)
        #expect(outcome.lines.map(\.stream) == [.mark])
        try say("after\n", log)
        try read(log)
        #expect(filed == ["before", "p_1 is RUNNING", "after"])
    }

    @Test func aLongLineComesInParts() throws {
        var spec = LogSpec()
        spec.lineBytesMax = 10
        spec.fileBytesMax = 120
        let log = try open(spec)
        try say("0123456789abcdefghijKLM\nx\n", log)
        let lines = try read(log)
        #expect(texts(lines) == ["0123456789", "abcdefghij", "KLM", "x"])
        #expect(lines.map(\.isContinued) == [true, true, false, false])
        let next = try open(spec)
        #expect(try read(next).isEmpty)
    }
}
