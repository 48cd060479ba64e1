internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct SpoolTailTests {
    private struct Line: Hashable {
        var text: String
        var isContinued = false
    }

    private func read(
        _ tail: SpoolTail,
        lineBytesMax: Int = 100,
        isFinal: Bool = false
    ) throws -> [Line] {
        var buffer = [UInt8](repeating: 0, count: 256)
        var lines: [Line] = []
        _ = try tail.read(buffer: &buffer, lineBytesMax: lineBytesMax, isFinal: isFinal) { line, isContinued in
            lines.append(Line(text: String(decoding: line, as: UTF8.self), isContinued: isContinued))
        }
        return lines
    }

    @Test func aLineIsHandedOverOnceItIsWhole() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"))
        let writer = try tail.makeWriter()
        try writer.writeAll(Array("one\n\ntw".utf8))
        #expect(try read(tail) == [Line(text: "one"), Line(text: "")])
        #expect(try read(tail) == [])
        #expect(try tail.backlog() == 2)
        try writer.writeAll(Array("o\nthree".utf8))
        #expect(try read(tail) == [Line(text: "two")])
        #expect(try read(tail, isFinal: true) == [Line(text: "three")])
        #expect(try tail.backlog() == 0)
    }

    @Test func aLongLineComesInMarkedParts() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"))
        let writer = try tail.makeWriter()
        try writer.writeAll(Array("1234567890\n123456789012345\n12345".utf8))
        let lines = try read(tail, lineBytesMax: 10)
        #expect(
            lines == [
                Line(text: "1234567890"), Line(text: "1234567890", isContinued: true), Line(text: "12345"),
            ]
        )
    }

    @Test func linesMayBeLongerThanOneRead() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"))
        let text = (0..<1000).map { "line \($0)" }
        try tail.makeWriter().writeAll(Array((text.joined(separator: "\n") + "\n").utf8))
        #expect(try read(tail).map(\.text) == text)
    }

    @Test func aBudgetEndsARound() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"))
        try tail.makeWriter().writeAll([UInt8](repeating: 0x0a, count: 10_000))
        var buffer = [UInt8](repeating: 0, count: 1000)
        var count = 0
        let first = try tail.read(buffer: &buffer, lineBytesMax: 100, budget: 2000) { _, _ in count += 1 }
        #expect(first == .more && count == 2000)
        let second = try tail.read(buffer: &buffer, lineBytesMax: 100, budget: 100_000) { _, _ in count += 1 }
        #expect(second == .caughtUp && count == 10_000)
    }

    @Test func consumedBlocksAreGivenBackUnderTheWriter() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("out")
        let tail = try SpoolTail(path: path)
        let writer = try tail.makeWriter()
        let block = Array((String(repeating: "x", count: 99) + "\n").utf8)
        for _ in 0..<10_000 { try writer.writeAll(block) }
        var status = stat()
        stat(path, &status)
        let before = status.st_blocks
        #expect(try read(tail).count == 10_000)
        try tail.discard()
        stat(path, &status)
        #expect(status.st_blocks < before / 10 && status.st_size == 1_000_000)
        try writer.writeAll(Array("still here\n".utf8))
        #expect(try read(tail) == [Line(text: "still here")])
    }

    @Test func aReplacedSpoolIsReadFromItsStart() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"), offset: 1000)
        #expect(tail.wasReplaced && tail.offset == 0)
        try tail.makeWriter().writeAll(Array("a\n".utf8))
        #expect(try read(tail) == [Line(text: "a")])
        try tail.reset()
        #expect(tail.offset == 0)
        #expect(try tail.backlog() == 0)
    }

    @Test func aSpoolThatItsWriterCutsIsReadFromItsStart() throws {
        let directory = try TemporaryDirectory()
        let tail = try SpoolTail(path: directory.file("out"))
        let writer = try tail.makeWriter()
        try writer.writeAll(Array("one\ntwo\n".utf8))
        #expect(try read(tail).count == 2)
        try syscall("ftruncate") { ftruncate(writer.raw, 0) }
        try writer.writeAll(Array("new\n".utf8))
        var buffer = [UInt8](repeating: 0, count: 256)
        #expect(try tail.read(buffer: &buffer, lineBytesMax: 100) { _, _ in } == .truncated)
        #expect(tail.offset == 0)
        #expect(try read(tail) == [Line(text: "new")])
        // A file that ends where the reader is was not cut.
        #expect(try tail.read(buffer: &buffer, lineBytesMax: 100) { _, _ in } == .caughtUp)
    }

    /// A reader that is killed at every kind of moment, over and over: the output must be what was written.
    @Test(arguments: UInt64(1)...20)
    func nothingIsLostOrDoubledOverKills(_ seed: UInt64) throws {
        enum Kill: CaseIterable { case beforeOutput, amidOutput, beforeRecord, amidRecord, beforeDiscard, never }
        var random = SeededRandom(seed: seed)
        let directory = try TemporaryDirectory()
        let (spool, page, output) = (directory.file("spool"), directory.file("page"), directory.file("output"))
        let writer = try SpoolTail(path: spool).makeWriter()
        var written: [UInt8] = []
        var lineNumber = 0
        for round in 0..<200 {
            // The worker writes lines, sometimes half a line.
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let chunk = Array("line \(lineNumber) \(String(repeating: "y", count: lineNumber % 90))".utf8)
                let part = Bool.random(using: &random) ? chunk + [0x0a] : chunk
                try writer.writeAll(part)
                written += part
                lineNumber += 1
            }
            // One life of a reader: recover, read some rounds, die.
            let checkpoints = try CheckpointPage(path: page)
            var checkpoint = checkpoints.checkpoint ?? SpoolCheckpoint()
            let file = try FileDescriptor.open(output, O_RDWR | O_CREAT)
            try syscall("ftruncate") { ftruncate(file.raw, off_t(checkpoint.outputOffset)) }
            try syscall("lseek") { lseek(file.raw, 0, SEEK_END) }
            let tail = try SpoolTail(path: spool, offset: checkpoint.stdoutOffset)
            #expect(!tail.wasReplaced)
            let isLast = round == 199
            let moment = isLast ? .never : Kill.allCases.randomElement(using: &random) ?? .never
            var buffer = [UInt8](repeating: 0, count: 128)
            var produced: [UInt8] = []
            _ = try tail.read(buffer: &buffer, lineBytesMax: 50, isFinal: isLast) { line, isContinued in
                produced += Array(line) + (isContinued ? [] : [0x0a])
            }
            if moment == .beforeOutput { continue }
            if moment == .amidOutput { produced.removeLast(produced.count / 2) }
            try file.writeAll(produced)
            if moment == .amidOutput || moment == .beforeRecord { continue }
            checkpoint.stdoutOffset = tail.offset
            checkpoint.outputOffset += UInt64(produced.count)
            checkpoint.lineSequence += 1
            if moment == .amidRecord {
                try tearNextSlot(page, checkpoint, random.next())
                continue
            }
            checkpoints.store(checkpoint)
            if moment == .beforeDiscard { continue }
            try tail.discard(force: true)
        }
        if written.last != 0x0a { written.append(0x0a) }
        #expect(try directory.contents("output") == written)
    }

    /// Leaves the page as a reader does that is killed between two stores of a record.
    private func tearNextSlot(_ path: String, _ checkpoint: SpoolCheckpoint, _ noise: UInt64) throws {
        let file = try FileDescriptor.open(path, O_RDWR)
        var words = [UInt64](repeating: 0, count: 512)
        try syscall("pread") { pread(file.raw, &words, 4096, 0) }
        let slot = words[0] > words[256] ? 256 : 0
        // Its sequence is gone, as store does first, or still the old one, as after a loss of power.
        if noise.isMultiple(of: 2) { words[slot] = 0 }
        words[slot + 2] = checkpoint.stdoutOffset &+ 1
        words[slot + 1] = noise
        try syscall("pwrite") { pwrite(file.raw, words, 4096, 0) }
    }

    @Test func aCheckpointSurvivesItsPage() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("page")
        var checkpoint = SpoolCheckpoint()
        do {
            let page = try CheckpointPage(path: path)
            #expect(page.checkpoint == nil)
            for offset in UInt64(1)...5 {
                checkpoint.stdoutOffset = offset
                checkpoint.stderrOffset = offset * 2
                checkpoint.outputFile = offset * 3
                checkpoint.outputOffset = offset * 4
                checkpoint.lineSequence = offset * 5
                page.store(checkpoint)
            }
        }
        #expect(try CheckpointPage(path: path).checkpoint == checkpoint)
        try FileDescriptor.open(path, O_WRONLY).writeAll([UInt8](repeating: 0xff, count: 4096))
        #expect(try CheckpointPage(path: path).checkpoint == nil)
    }

    @Test func writesAreToldOnceInAnInterval() throws {
        let directory = try TemporaryDirectory()
        let reactor = try Reactor()
        let watcher = try SpoolWatcher(on: reactor)
        let tails = try (0..<3).map { try SpoolTail(path: directory.file("\($0)")) }
        let writers = try tails.map { try $0.makeWriter() }
        var buffer = [UInt8](repeating: 0, count: 1000)
        var calls = 0
        var got: [Int: Int] = [:]
        let total = 300
        for (index, tail) in tails.enumerated() {
            _ = try watcher.watch(tail.path) {
                calls += 1
                let progress = try? tail.read(buffer: &buffer, lineBytesMax: 100, budget: 500) { _, _ in
                    got[index, default: 0] += 1
                }
                if got.values.reduce(0, +) == total * 3 { reactor.stop() }
                return progress == .more
            }
        }
        for _ in 0..<total {
            for writer in writers { try writer.writeAll(Array("a line\n".utf8)) }
        }
        reactor.run()
        #expect(got == [0: total, 1: total, 2: total])
        // 7 bytes a line, 500 and a buffer at most a turn: a handful of turns each, not one for each line.
        #expect(calls < 40)
        watcher.close()
    }

    @Test func aWriteAfterTheFirstRoundIsTold() throws {
        let directory = try TemporaryDirectory()
        let reactor = try Reactor()
        let watcher = try SpoolWatcher(on: reactor)
        let tail = try SpoolTail(path: directory.file("out"))
        let writer = try tail.makeWriter()
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        _ = try watcher.watch(tail.path) {
            _ = try? tail.read(buffer: &buffer, lineBytesMax: 100) { line, _ in
                lines.append(String(decoding: line, as: UTF8.self))
            }
            switch lines.count {
            case 0, 1, 2: try? writer.writeAll(Array("line \(lines.count)\n".utf8))
            default: reactor.stop()
            }
            return false
        }
        reactor.run()
        #expect(lines == ["line 0", "line 1", "line 2"])
        watcher.close()
    }
}
