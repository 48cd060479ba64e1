internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

struct StatsSegmentTests {
    @Test func whatOneMappingWritesTheOtherReads() throws {
        let writer = try StatsSegment(lanes: 3, slots: 5)
        let reader = try StatsSegment(adopting: writer.descriptor.duplicate())
        #expect(reader.lanes == 3 && reader.slots == 5)
        for lane in 0..<3 {
            for slot in -1..<5 {
                pool_add_relaxed(
                    writer.block(lane: lane, slot: slot) + StatsCounter.requests.rawValue,
                    UInt64(lane + slot + 2)
                )
                pool_add_relaxed(writer.block(lane: lane, slot: slot) + StatsLayout.countersMax + 7, 1)
                pool_store_relaxed(writer.block(lane: lane, slot: slot) + StatsCounter.inFlight.rawValue, 9)
            }
        }
        for slot in -1..<5 {
            #expect(reader.total(.requests, slot: slot) == UInt64(3 * (slot + 2) + 3))
            #expect(reader.total(.inFlight, slot: slot) == 27)
        }
        var counts = [UInt64](repeating: 0, count: LatencyBuckets.count)
        reader.addLatencies(slot: 2, to: &counts)
        #expect(counts[7] == 3 && counts.reduce(0, +) == 3)
        reader.zeroGauges(lane: 1)
        #expect(writer.total(.inFlight, slot: 0) == 18)
        #expect(writer.value(.requests, lane: 1, slot: 0) == 3)
        reader.clear(slot: 0)
        #expect(writer.total(.requests, slot: 0) == 0 && writer.total(.requests, slot: 1) == 12)
    }

    private func damaged(_ body: (FileDescriptor) throws -> Void) throws -> FileDescriptor {
        let file = FileDescriptor(adopting: try syscall("memfd") { pool_memfd("test") })
        try body(file)
        try syscall("fcntl") { pool_seal(file.raw, 0) }
        return file
    }

    private func header(
        magic: UInt64 = StatsLayout.magic,
        version: UInt64 = StatsLayout.version,
        slots: UInt64 = 1
    ) -> [UInt8] {
        let words: [UInt64] = [
            magic, version, 1, slots, UInt64(StatsLayout.laneStride(slots: 1)), UInt64(StatsLayout.slotStride), 0, 0,
        ]
        return words.withUnsafeBytes { Array($0) }
    }

    @Test func whatIsNoSegmentIsRefused() throws {
        let cases: [([UInt8], String)] = [
            ([], "it does not begin with the magic number"),
            (header(magic: 1), "it does not begin with the magic number"),
            (header(version: 9), "it has version 9, this program reads version \(StatsLayout.version)"),
            (header(slots: 2), "its header contradicts itself"),
            (header(slots: .max), "its header contradicts itself"),
            (header(), "it is shorter than its header says, or may still shrink"),
        ]
        for (bytes, reason) in cases {
            let file = try damaged { try $0.writeAll(bytes) }
            #expect(throws: StatsSegment.Failure.unusable(reason)) { try StatsSegment(adopting: file) }
        }
    }

    @Test func itCannotBeCutUnderItsReaders() throws {
        let segment = try StatsSegment(lanes: 1, slots: 1)
        #expect(ftruncate(segment.descriptor.raw, 10) == -1 && errno == EPERM)
    }
}
