internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@testable internal import PoolKeeper

struct ChildRecordTests {
    private func withRecord(_ body: (String) throws -> Void) throws {
        let path = "/tmp/pool-record-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        try body(path)
    }

    private func entry(_ pid: Int32, _ kind: ChildRecord.Entry.Kind = .group) -> ChildRecord.Entry {
        let process = ProcessIdentity(pid: pid, startTicks: UInt64(pid) * 10)
        return ChildRecord.Entry(kind: kind, process: process, tag: kind == .manager ? "" : "worker/a b/\(pid)")
    }

    @Test func holdsWhatWasAddedAndNotRemoved() throws {
        try withRecord { path in
            let record = ChildRecord(path: path)
            #expect(record.read() == nil)
            try record.begin(with: [entry(1, .manager)])
            for pid in Int32(2)...4 { try record.add(entry(pid)) }
            try record.remove(entry(3).process)
            #expect(ChildRecord(path: path).read() == [entry(1, .manager), entry(2), entry(4)])
        }
    }

    @Test func aTornLineIsNotBelieved() throws {
        try withRecord { path in
            let record = ChildRecord(path: path)
            try record.begin(with: [entry(1)])
            try FileDescriptor.open(path, O_WRONLY | O_APPEND).writeAll(Array("g 77 7".utf8))
            #expect(ChildRecord(path: path).read() == [entry(1)])
        }
    }

    /// A disk that was full for a moment leaves a part of a line.
    @Test func whatFollowsATornLineIsNotLostWithIt() throws {
        try withRecord { path in
            let record = ChildRecord(path: path)
            try record.begin(with: [entry(1)])
            let file = try #require(descriptor(of: path))
            let full = try FileDescriptor.open("/dev/full", O_WRONLY)
            #expect(dup2(full.raw, file) == file)
            #expect(throws: SystemError("write", on: path, code: ENOSPC)) { try record.add(entry(2)) }
            try FileDescriptor.open(path, O_WRONLY | O_APPEND).writeAll(Array("g 2 2".utf8))
            try record.add(entry(3))
            #expect(ChildRecord(path: path).read() == [entry(1), entry(2), entry(3)])
        }
    }

    /// The number by which this process has a file open.
    private func descriptor(of path: String) -> Int32? {
        (3..<1024).first { number in
            var buffer = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
            return count > 0 && buffer.prefix(count).map { UInt8(bitPattern: $0) }.elementsEqual(path.utf8)
        }
    }

    @Test func anotherBootsRecordMeansNothing() throws {
        try withRecord { path in
            let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT)
            try file.writeAll(Array("pool-children 1 another-boot\ng 1 1 worker\n".utf8))
            #expect(ChildRecord(path: path).read() == nil)
        }
    }

    @Test func doesNotGrowWithThePast() throws {
        try withRecord { path in
            let record = ChildRecord(path: path)
            try record.begin(with: [])
            for _ in 0..<20_000 {
                try record.add(entry(5))
                try record.remove(entry(5).process)
            }
            #expect(try FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 1 << 20).count < 200_000)
            #expect(ChildRecord(path: path).read() == [])
        }
    }
}
