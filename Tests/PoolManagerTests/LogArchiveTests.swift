import Glibc
import PoolCore
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

/// Log files that were rotated, compressed, moved on and removed while somebody looks for lines in them.
@Suite struct LogArchiveTests {
    private let directory: TemporaryDirectory
    private let start = Timestamp(microseconds: 1_795_333_265_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func worker(_ number: Int) -> WorkerID { WorkerID(pool: "p", number: number) }

    private func line(_ sequence: UInt64, _ worker: Int, _ text: String, at offset: Int64? = nil) -> LogLine {
        let time = Timestamp(microseconds: start.microseconds + (offset ?? Int64(sequence)) * 1000)
        return LogLine(
            sequence: sequence,
            at: time,
            worker: self.worker(worker),
            life: 1,
            stream: .stdout,
            bytes: Array(text.utf8)
        )
    }

    private func write(_ lines: [LogLine], to name: String) {
        var record = LogFileRecord()
        var bytes: [UInt8] = []
        for line in lines { record.encode(line, into: &bytes) }
        directory.write(bytes, to: name)
    }

    private func sweep(compress: Bool = true) throws {
        try LogSweeper(directory: directory.path, pool: "p", renames: LogRenames()).run(compress: compress)
    }

    private func search(_ request: ArchiveRequest, duration: Duration = .seconds(60)) -> ArchiveLines {
        var search = LogSearch(request, deadline: .now + duration) { [path = directory.path] _ in path }
        return search.run()
    }

    private func request(after: UInt64 = 0, limit: Int, isNewest: Bool = false) -> ArchiveRequest {
        ArchiveRequest(filter: LogFilter(), after: after, through: ["p": 1_000_000], limit: limit, isNewest: isNewest)
    }

    /// Three workers, of whose lines some files are compressed: number n has the text `line n` and then some.
    private func makeFiles() throws -> [LogLine] {
        let filler = String(repeating: "x", count: 400)
        let lines = (1...12_000).map { line(UInt64($0), $0 % 3 + 1, "line \($0) \(filler)") }
        for number in 1...3 {
            let mine = lines.filter { $0.worker.number == number }
            write(Array(mine[..<3000]), to: "p_\(number).log.2")
            if number == 2 { try sweep() }
            write(Array(mine[3000..<3700]), to: "p_\(number).log.1")
            write(Array(mine[3700...]), to: "p_\(number).log")
        }
        #expect(directory.exists("p_1.log.2.gz") && directory.exists("p_2.log.2.gz"))
        #expect(directory.exists("p_3.log.2") && !directory.exists("p_1.log.2"))
        return lines
    }

    @Test func membersAreUnpackedAsTheyWerePacked() throws {
        let lines = (5...900).map { line($0, 1, "text \($0)", at: $0 == 300 ? 99_999 : nil) }
        write(lines, to: "plain")
        let text = directory.read("plain")
        let member = try #require(LogMember.pack(text))
        let header = try #require(LogMember(header: member))
        #expect(header.bytes == UInt64(member.count) && header.first == 5 && header.last == 900)
        #expect(header.latest == lines[295].at.microseconds)
        #expect(LogMember.unpack(member) == text)
        #expect(member.count < text.count / 4)
        for length in [0, 55, 60, member.count - 1] { #expect(LogMember.unpack(Array(member[..<length])) == nil) }
        for place in [100, member.count - 6] {
            var damaged = member
            damaged[place] ^= 0x10
            #expect(LogMember.unpack(damaged) == nil)
        }
        #expect(LogMember(header: [0x1f, 0x8b, 8, 0] + [UInt8](repeating: 0, count: 60)) == nil)
    }

    @Test func everyLineIsFoundOnceAndInOrder() throws {
        let lines = try makeFiles()
        for limit in [1, 700, 5000, 20_000] {
            var position: UInt64 = limit == 1 ? 11_990 : 0
            var found: [UInt64] = []
            while true {
                let page = search(request(after: position, limit: limit))
                #expect(page.lines.count <= limit)
                found += page.lines.map(\.sequence)
                guard let reached = page.reached else { break }
                #expect(reached > position)
                position = reached
            }
            let isWhole = found == lines.map(\.sequence).filter { $0 > (limit == 1 ? 11_990 : 0) }
            #expect(isWhole, "limit \(limit): \(found.count) lines")
        }
        let whole = search(request(limit: 20_000))
        #expect(whole.lines == lines)
    }

    @Test func theNewestAreFoundFromBehind() throws {
        let lines = try makeFiles()
        for limit in [1, 10, 2500, 20_000] {
            let found = search(request(limit: limit, isNewest: true))
            #expect(found.lines == Array(lines.suffix(limit)), "limit \(limit)")
            #expect(!found.isCutShort)
        }
        var bounded = request(limit: 3, isNewest: true)
        bounded.through = ["p": 5000, "q": 9000]
        #expect(search(bounded).lines.map(\.sequence) == [4998, 4999, 5000])
    }

    @Test func whatIsLookedForIsFilteredInTheFiles() throws {
        let lines = try makeFiles()
        var wanted = request(limit: 20_000)
        wanted.filter.text = Array("line 77 ".utf8)
        #expect(search(wanted).lines.map(\.sequence) == [77])
        wanted.filter.text = Array("LINE 1177".utf8)
        #expect(search(wanted).lines.isEmpty)
        wanted.filter.ignoresCase = true
        #expect(search(wanted).lines.map(\.sequence) == [1177] + Array(11_770...11_779))
        wanted = request(limit: 20_000)
        wanted.filter.workers = [worker(2)]
        #expect(search(wanted).lines == lines.filter { $0.worker.number == 2 })
        wanted = request(limit: 20_000)
        wanted.filter.since = lines[11_499].at
        #expect(search(wanted).lines == Array(lines[11_499...]))
        wanted.filter.pattern = try BytePattern("^line 1[23]?[0-9]{3}9 ".utf8)
        #expect(search(wanted).lines.map(\.sequence) == (11_500...12_000).filter { $0 % 10 == 9 })
    }

    /// Times are what a clock said, numbers are the order: a clock that went back changes no order and hides no line.
    @Test func aClockThatWentBackHidesNothing() throws {
        let lines = (1...3000).map { sequence -> LogLine in
            let time = sequence < 1500 ? 10_000 + Int64(sequence) : Int64(sequence)
            return line(UInt64(sequence), 1, "line \(sequence)", at: time)
        }
        write(Array(lines[..<2000]), to: "p_1.log.1")
        try sweep()
        write(Array(lines[2000...]), to: "p_1.log")
        var wanted = request(limit: 5000)
        wanted.filter.since = Timestamp(microseconds: start.microseconds + 10_001 * 1000)
        #expect(search(wanted).lines == Array(lines[..<1499]))
        #expect(search(request(limit: 5000)).lines == lines)
    }

    @Test func aSearchThatTakesTooLongSaysHowFarItCame() throws {
        _ = try makeFiles()
        var position: UInt64 = 0
        var rounds = 0
        var found: [UInt64] = []
        while rounds < 100 {
            rounds += 1
            let page = search(request(after: position, limit: 20_000), duration: .zero)
            found += page.lines.map(\.sequence)
            guard let reached = page.reached else { break }
            #expect(reached > position)
            position = reached
        }
        let isWhole = found == (1...12_000).map { UInt64($0) }
        #expect(isWhole, "\(found.count) lines")
        #expect((2..<100).contains(rounds))
        #expect(search(request(limit: 20_000, isNewest: true), duration: .zero).isCutShort)
    }

    @Test func filesThatAreMovedOnMeanwhileAreFoundAgain() throws {
        let lines = try makeFiles()
        var moved = false
        let path = directory.path
        var search = LogSearch(
            request(limit: 20_000),
            deadline: .now + .seconds(60),
            isCancelled: {
                // Asked before each part but the first: the files have been listed.
                if !moved {
                    moved = true
                    for number in 1...3 {
                        rename("\(path)/p_\(number).log.2.gz", "\(path)/p_\(number).log.3.gz")
                        rename("\(path)/p_\(number).log.2", "\(path)/p_\(number).log.3")
                        rename("\(path)/p_\(number).log.1", "\(path)/p_\(number).log.2")
                    }
                    try? LogSweeper(directory: path, pool: "p", renames: LogRenames()).run(compress: true)
                }
                return false
            },
            directory: { _ in path }
        )
        #expect(search.run().lines == lines)
        #expect(moved && directory.exists("p_3.log.3.gz"))
    }

    /// What cannot be read is not taken for what is not there.
    @Test func filesThatCannotBeReadAreSaid() throws {
        _ = try makeFiles()
        let path = directory.path
        // A file where a directory should be, and a name that is too long.
        for place in ["\(path)/p_3.log", "\(path)/\(String(repeating: "x", count: 300))"] {
            var search = LogSearch(request(limit: 10), deadline: .now + .seconds(60)) { _ in place }
            #expect(search.run().trouble != nil, "\(place)")
        }
        var search = LogSearch(request(limit: 10), deadline: .now + .seconds(60)) { _ in "\(path)/nowhere" }
        #expect(search.run().trouble == nil)
    }

    /// One bad file does not keep the others from being compressed.
    @Test func aFileThatCannotBeCompressedLeavesTheOthers() throws {
        write([line(1, 1, "one")], to: "p_1.log.1")
        write([line(2, 2, "two")], to: "p_2.log.1")
        // Its temporary file cannot be made.
        mkdir("\(directory.path)/p_1.log.compressing", 0o700)
        #expect(throws: LogFileError.self) { try sweep() }
        #expect(directory.exists("p_2.log.1.gz") && directory.exists("p_1.log.1"))
    }

    // MARK: Compression

    @Test func compressedFilesAreReadByGzipToo() throws {
        let lines = (1...5000).map { line($0, 1, "line \($0)") }
        write(lines, to: "p_1.log.1")
        let text = directory.read("p_1.log.1")
        let before = try #require(FileStatus(path: "\(directory.path)/p_1.log.1"))
        try sweep()
        #expect(!directory.exists("p_1.log.1"))
        let after = try #require(FileStatus(path: "\(directory.path)/p_1.log.1.gz"))
        #expect(after.modified == before.modified && after.bytes < before.bytes / 3)
        #expect(system("gzip -dc \(directory.path)/p_1.log.1.gz > \(directory.path)/again") == 0)
        #expect(directory.read("again") == text)
        // A member each MiB, so that a query does not read all of it.
        #expect(try LogSegment.list("\(directory.path)/p_1.log.1.gz", worker: worker(1)).count == 1)
        write((1...50_000).map { line($0, 1, "line \($0)") }, to: "p_1.log.2")
        try sweep()
        #expect(try LogSegment.list("\(directory.path)/p_1.log.2.gz", worker: worker(1)).count == 3)
    }

    /// Killed at every step: before the name, between the name and the removal, and in the middle of the writing.
    @Test func aCompressionThatWasKilledLosesAndDoublesNothing() throws {
        let lines = (1...5000).map { line($0, 1, "line \($0)") }
        write(lines, to: "p_1.log.1")
        let text = directory.read("p_1.log.1")
        let whole = try #require(LogMember.pack(text))
        for length in [0, 1, 40, 1000, whole.count] {
            directory.write(Array(whole[..<length]), to: "p_1.log.compressing")
            #expect(search(request(limit: 9000)).lines == lines)
        }
        try sweep(compress: false)
        #expect(!directory.exists("p_1.log.compressing") && directory.read("p_1.log.1") == text)
        directory.write(whole, to: "p_1.log.1.gz")
        #expect(search(request(limit: 9000)).lines == lines)
        try sweep(compress: false)
        #expect(!directory.exists("p_1.log.1") && directory.exists("p_1.log.1.gz"))
        #expect(search(request(limit: 9000)).lines == lines)
    }

    @Test func anotherFilesCompressedFormIsNotTakenForThisOnes() throws {
        write((1...500).map { line($0, 1, "old") }, to: "p_1.log.1")
        try sweep()
        write((501...900).map { line($0, 1, "new") }, to: "p_1.log.1")
        try sweep()
        #expect(directory.exists("p_1.log.1") && directory.exists("p_1.log.1.gz"))
        #expect(search(request(limit: 9000)).lines.map(\.sequence) == Array(1...900))
        // A torn one that got its name by other means is not whole: the plain one stays.
        write((901...1900).map { line($0, 1, "more") }, to: "p_1.log.2")
        let member = try #require(LogMember.pack(directory.read("p_1.log.2")))
        directory.write(Array(member.dropLast(9)), to: "p_1.log.2.gz")
        try sweep()
        #expect(directory.exists("p_1.log.2"))
    }

    @Test func rotationMovesBothForms() throws {
        write((1...9).map { line($0, 1, "a") }, to: "p_1.log.2")
        try sweep()
        write((10...19).map { line($0, 1, "b") }, to: "p_1.log.1")
        write((20...29).map { line($0, 1, "c") }, to: "p_1.log")
        let file = LogFile(path: "\(directory.path)/p_1.log")
        try file.open(wholeBytes: nil)
        var removed: [String] = []
        try file.rotate(filesMax: 3) { removed.append($0) }
        #expect(removed.isEmpty && search(request(limit: 99)).lines.count == 29)
        #expect(["p_1.log.1", "p_1.log.2", "p_1.log.3.gz"].allSatisfy(directory.exists))
        try file.rotate(filesMax: 3) { removed.append($0) }
        #expect(removed == ["\(directory.path)/p_1.log.3.gz"])
        #expect(search(request(limit: 99)).lines.map(\.sequence) == Array(10...29))
    }

    @Test func whatCannotBeCompressedStaysAsItIs() throws {
        write((1...9).map { line($0, 1, "a") }, to: "p_1.log.1")
        let blocked = "\(directory.path)/p_1.log.compressing"
        mkdir(blocked, 0o700)
        #expect(throws: LogFileError.self) { try sweep() }
        rmdir(blocked)
        #expect(directory.exists("p_1.log.1"))
        try sweep()
        #expect(directory.exists("p_1.log.1.gz"))
    }

    @Test(arguments: ["p_1.log", "p_1.log.3", "p_1.log.3.gz"])
    func namesOfLogFiles(_ name: String) throws {
        let parsed = try #require(LogFileName(name, pool: "p"))
        #expect(parsed.worker == worker(1) && parsed.number == (name == "p_1.log" ? 0 : 3))
        #expect(parsed.isCompressed == name.hasSuffix("gz"))
    }

    @Test(arguments: [
        "p_1.log.gz", "p_1.log.0", "p_1.log.x", "p_1.log.compressing", "q_1.log", "p_1.txt", "p_1.log.1.gz.gz",
    ])
    func otherFilesAreNone(_ name: String) { #expect(LogFileName(name, pool: "p") == nil) }

    // MARK: Together

    private func makeStore(_ spec: inout PoolSpec, _ reactor: Reactor) throws -> LogStore {
        spec.log.linesInMemory = 50
        spec.log.fileBytesMax = 4096
        spec.log.filesMax = 40
        let directories = Directories(runtime: directory.path, state: directory.path)
        let store = try LogStore(reactor: reactor, directories: directories, lastSequence: 0)
        return store
    }

    @Test func nothingOfAPoolThatHasLeftStaysInMemory() throws {
        let reactor = try Reactor()
        var spec = PoolSpec(name: "p", worker: WorkerSpec(command: ["x"], listen: "unix:{run}/{name}.sock"))
        let store = try makeStore(&spec, reactor)
        store.begin(spec, lives: [worker(1): 1])
        store.mark(worker(1), life: 1, text: "mark")
        #expect(store.lines(LogFilter(), after: nil, tail: 10, limit: 10).lines.count == 1)
        store.release(worker(1))
        store.end("p")
        #expect(store.lines(LogFilter(), after: nil, tail: 10, limit: 10).lines.isEmpty)
    }

    /// So many searches wait for one thread, and no more: one more is told so at once.
    @Test func searchesBeyondTheBoundAreRefused() async throws {
        let lines = try makeFiles()
        let state = directory.path + "/state"
        mkdir(state, 0o700)
        mkdir(state + "/p", 0o700)
        symlink(directory.path, state + "/p/logs")
        let archive = try LogArchive(state: state, searchesMax: 4)
        defer { archive.stop() }
        let request = request(limit: 20_000)
        let answers = await withTaskGroup(of: ArchiveLines.self) { group in
            for _ in 0..<50 { group.addTask { await archive.lines(request) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.contains { $0.isRefused } && answers.contains { !$0.isRefused })
        #expect(answers.count { !$0.isRefused } >= 4)
        let after = await archive.lines(request)
        #expect(!after.isRefused && after.lines.count == lines.count)
    }

    @Test func aStoreAnswersFromMemoryAndFiles() async throws {
        let reactor = try Reactor()
        var spec = PoolSpec(name: "p", worker: WorkerSpec(command: ["x"], listen: "unix:{run}/{name}.sock"))
        let store = try makeStore(&spec, reactor)
        store.begin(spec, lives: [worker(1): 1, worker(2): 1])
        for number in 1...1000 { store.mark(worker(number % 2 + 1), life: 1, text: "mark \(number)") }
        func lines(
            _ filter: LogFilter = LogFilter(),
            after: UInt64? = nil,
            tail: Int = 100,
            limit: Int = 5000
        ) async -> LogLines {
            var found = store.lines(filter, after: after, tail: tail, limit: limit)
            if let request = found.archive {
                let archived = await store.archive.lines(request)
                #expect(archived.trouble == nil && !archived.isRefused && !archived.isCutShort, "\(archived)")
                found.add(archived, of: request)
            }
            return found
        }
        #expect(await lines(tail: 30).lines.map(\.sequence) == Array(971...1000))
        #expect(store.lines(LogFilter(), after: nil, tail: 30, limit: 30).archive == nil)
        #expect(await lines(tail: 300).lines.map(\.sequence) == Array(701...1000))
        #expect(await lines(after: 0).lines.map(\.sequence) == Array(1...1000))
        var position: UInt64 = 10
        var paged: [UInt64] = []
        while position < 1000 {
            let page = await lines(after: position, limit: 64)
            #expect(page.missed == 0 && page.next > position && page.lines.count <= 64)
            paged += page.lines.map(\.sequence)
            position = page.next
        }
        #expect(paged == Array(11...1000))
        var filter = LogFilter()
        filter.text = Array("mark 123".utf8)
        #expect(await lines(filter).lines.map(\.sequence) == [123])
        filter = LogFilter()
        filter.workers = [worker(1)]
        #expect(await lines(filter, after: 700, limit: 20).lines.map(\.sequence) == (0..<20).map { 702 + 2 * $0 })
        // The oldest files go: what left them is told as missed, not passed over.
        LogDirectory(path: "\(directory.path)/p/logs").trim(to: 0, removing: store.lose)
        let rest = await lines(after: 10)
        #expect(rest.missed > 500 && rest.lines.first.map { $0.sequence > 500 } ?? false)
        #expect(rest.lines.last?.sequence == 1000)
    }
}
