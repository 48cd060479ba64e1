import Testing

@testable import PoolManager

@Suite struct StateFileTests {
    private let directory: TemporaryDirectory
    private let file: StateFile
    private let payload = Array("{\"pools\":[1,2,3],\"nextOperation\":42}".utf8)

    init() throws {
        directory = try TemporaryDirectory()
        file = StateFile(path: "\(directory.path)/state.json")
    }

    @Test func thereIsNothingBeforeTheFirstWrite() throws {
        #expect(try file.read() == .absent)
    }

    @Test func whatWasWrittenIsRead() throws {
        try file.write(payload)
        #expect(try file.read() == .whole(payload))
        try file.write([])
        #expect(try file.read() == .whole([]))
        #expect(!directory.exists("state.json.new"))
    }

    /// Cut at every byte: never taken for whole, never lost.
    @Test func aFileCutAnywhereIsSetAside() throws {
        try file.write(payload)
        let whole = directory.read("state.json")
        for length in 0..<whole.count {
            directory.write(Array(whole[..<length]), to: "state.json")
            guard case .damaged(_, let moved) = try file.read() else {
                Issue.record("a file of \(length) of \(whole.count) bytes was taken for whole")
                continue
            }
            #expect(moved == "\(directory.path)/state.json.damaged")
            #expect(directory.read("state.json.damaged").count == length)
            #expect(try file.read() == .absent)
        }
    }

    /// One bit wrong anywhere: never taken for whole.
    @Test func aFileAlteredAnywhereIsSetAside() throws {
        try file.write(payload)
        let whole = directory.read("state.json")
        for index in whole.indices {
            var altered = whole
            altered[index] ^= 0x10
            directory.write(altered, to: "state.json")
            guard case .damaged = try file.read() else {
                Issue.record("a file with byte \(index) altered was taken for whole")
                continue
            }
        }
    }

    /// A writer that died in the middle left its temporary file: the old state stands.
    @Test func aHalfWrittenSuccessorChangesNothing() throws {
        try file.write(payload)
        directory.write(Array("pool-state 1 bytes=9".utf8), to: "state.json.new")
        #expect(try file.read() == .whole(payload))
        try file.write([1, 2, 3])
        #expect(try file.read() == .whole([1, 2, 3]))
    }

    @Test func aDirectoryThatIsNotThereIsAnErrorWithItsPath() {
        let lost = StateFile(path: "\(directory.path)/missing/state.json")
        #expect(throws: StateFileError(path: "\(directory.path)/missing/state.json.new", step: "open", errno: 2)) {
            try lost.write(payload)
        }
    }

    @Test(arguments: [("", UInt32(0)), ("123456789", 0xCBF4_3926)])
    func theChecksumIsThatOfZlib(text: String, expected: UInt32) {
        #expect(CRC32.checksum(Array(text.utf8)) == expected)
    }
}
