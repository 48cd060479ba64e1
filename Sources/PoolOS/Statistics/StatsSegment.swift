internal import CPoolOS
internal import Glibc
package import PoolModel

/// The shared memory in which proxy loops count and the manager reads, laid out by ``StatsLayout``.
///
/// It stays mapped as long as this object lives; pointers into it must not outlive it. Everything in it is read and
/// written with relaxed atomics: any process may, at any time.
package final class StatsSegment: Sendable {
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case system(SystemError)
        /// It is not a segment of this version: what is wrong with it.
        case unusable(String)

        package var description: String {
            switch self {
            case .system(let error): "statistics segment: \(error)"
            case .unusable(let reason): "statistics segment: \(reason)"
            }
        }
    }

    /// The memory file: stored in the keeper, handed to proxies.
    package let descriptor: FileDescriptor
    package let lanes: Int
    package let slots: Int
    private let address: UInt

    /// The start of the mapping.
    package var memory: UnsafeMutableRawPointer {
        guard let memory = UnsafeMutableRawPointer(bitPattern: address) else { preconditionFailure("mapped at null") }
        return memory
    }

    /// Makes an empty segment, sealed against being resized under a reader.
    package convenience init(lanes: Int = Limits.lanesMax, slots: Int) throws(Failure) {
        precondition(lanes > 0 && slots > 0 && lanes <= Limits.lanesMax && slots <= Limits.slotsMax)
        let file: FileDescriptor
        do throws(SystemError) {
            file = FileDescriptor(adopting: try syscall("memfd_create") { pool_memfd("pool-stats") })
            let bytes = StatsLayout.byteCount(lanes: lanes, slots: slots)
            try syscall("ftruncate") { ftruncate(file.raw, off_t(bytes)) }
            try syscall("fcntl") { pool_seal(file.raw, 0) }
            let header: [UInt64] = [
                StatsLayout.magic, StatsLayout.version, UInt64(lanes), UInt64(slots),
                UInt64(StatsLayout.laneStride(slots: slots)), UInt64(StatsLayout.slotStride),
            ]
            try file.writeAll(header.withUnsafeBytes { Array($0) }, name: "memfd")
        } catch {
            throw .system(error)
        }
        try self.init(adopting: file)
    }

    /// Maps a segment that another process made, after a check that it is one, sealed and of the size it says.
    package init(adopting descriptor: FileDescriptor) throws(Failure) {
        var status = stat()
        var header = [UInt64](repeating: 0, count: StatsLayout.headerBytes / 8)
        do throws(SystemError) {
            try syscall("fstat") { fstat(descriptor.raw, &status) }
            try syscall("pread") { pread(descriptor.raw, &header, StatsLayout.headerBytes, 0) }
        } catch {
            throw .system(error)
        }
        guard header[0] == StatsLayout.magic else { throw .unusable("it does not begin with the magic number") }
        guard header[1] == StatsLayout.version else {
            throw .unusable("it has version \(header[1]), this program reads version \(StatsLayout.version)")
        }
        guard (1...UInt64(Limits.lanesMax)).contains(header[2]), (1...UInt64(Limits.slotsMax)).contains(header[3]),
            header[4] == UInt64(StatsLayout.laneStride(slots: Int(header[3]))),
            header[5] == UInt64(StatsLayout.slotStride)
        else {
            throw .unusable("its header contradicts itself")
        }
        lanes = Int(header[2])
        slots = Int(header[3])
        let bytes = StatsLayout.byteCount(lanes: lanes, slots: slots)
        guard status.st_size >= bytes, pool_is_sealed(descriptor.raw, 0) == 1 else {
            throw .unusable("it is shorter than its header says, or may still shrink")
        }
        let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.raw, 0)
        guard let mapped, mapped != MAP_FAILED else { throw .system(SystemError("mmap", code: errno)) }
        address = UInt(bitPattern: mapped)
        self.descriptor = descriptor
    }

    deinit { munmap(memory, StatsLayout.byteCount(lanes: lanes, slots: slots)) }
}

// MARK: Reading and taking over

extension StatsSegment {
    /// A worker's block in a lane, or with slot -1 the lane's own: counters, then the histogram from `countersMax` on.
    package func block(lane: Int, slot: Int) -> UnsafeMutablePointer<UInt64> {
        precondition((0..<lanes).contains(lane) && (-1..<slots).contains(slot), "lane \(lane) slot \(slot)")
        let offset = StatsLayout.offset(lane: lane, slot: slot, slots: slots)
        return (memory + offset).assumingMemoryBound(to: UInt64.self)
    }

    /// A counter summed over all lanes; slot -1 sums the lanes' own blocks.
    package func total(_ counter: StatsCounter, slot: Int) -> UInt64 {
        (0..<lanes).reduce(0) { $0 &+ pool_load_relaxed(block(lane: $1, slot: slot) + counter.rawValue) }
    }

    /// Adds the latency buckets of a slot, over all lanes, to `counts`, which has ``LatencyBuckets/count`` elements.
    package func addLatencies(slot: Int, to counts: inout [UInt64]) {
        for lane in 0..<lanes { addLatencies(lane: lane, slot: slot, to: &counts) }
    }

    /// The same of one lane: a lane that nobody has counted in takes no memory as long as it is not read.
    package func addLatencies(lane: Int, slot: Int, to counts: inout [UInt64]) {
        precondition(counts.count == LatencyBuckets.count)
        let buckets = block(lane: lane, slot: slot) + StatsLayout.countersMax
        for index in 0..<LatencyBuckets.count { counts[index] &+= pool_load_relaxed(buckets + index) }
    }

    /// One counter of one block.
    package func value(_ counter: StatsCounter, lane: Int, slot: Int) -> UInt64 {
        pool_load_relaxed(block(lane: lane, slot: slot) + counter.rawValue)
    }

    /// Zeroes the gauges of a lane whose owner has died: its exchanges and connections are gone with it.
    package func zeroGauges(lane: Int) {
        for slot in -1..<slots {
            for counter in StatsCounter.allCases where counter.isGauge {
                pool_store_relaxed(block(lane: lane, slot: slot) + counter.rawValue, 0)
            }
        }
    }

    /// Zeroes a slot in all lanes, before it is given to another worker. No loop may count in it meanwhile.
    package func clear(slot: Int) {
        for lane in 0..<lanes {
            let block = block(lane: lane, slot: slot)
            for index in 0..<StatsLayout.slotStride / 8 { pool_store_relaxed(block + index, 0) }
        }
    }
}
