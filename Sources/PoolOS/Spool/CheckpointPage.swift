internal import CPoolOS
internal import Glibc

/// How far a worker's spools have been read and where the lines went, recorded so that a reader which is killed at any
/// moment goes on exactly there: nothing lost, nothing doubled.
package struct SpoolCheckpoint: Hashable, Sendable {
    /// Bytes of the stdout and of the stderr spool that were handed over.
    package var stdoutOffset: UInt64 = 0
    package var stderrOffset: UInt64 = 0
    /// Bytes of the output file that hold them; what lies beyond was written by a reader that died before it could
    /// record it, and is cut off.
    package var outputOffset: UInt64 = 0
    /// Which output file: one more for each rotation.
    package var outputFile: UInt64 = 0
    /// The number of the last line.
    package var lineSequence: UInt64 = 0

    package init() {}
}

/// A file of one page, mapped into memory, in which a checkpoint is stored without a system call.
///
/// Two slots take turns: while one is written the other holds the checkpoint before, so a process killed in the middle
/// leaves one whole. A slot is valid where its checksum fits; the higher sequence is the later one.
///
/// ```
/// slot 0 at 0, slot 1 at 2048:  sequence, checksum, stdoutOffset, stderrOffset, outputOffset, outputFile, lineSequence
/// lost at 2040: one word, which is whole by itself
/// ```
package final class CheckpointPage {
    private static let pageBytes = 4096
    private static let slotWords = 256
    /// Behind the slots' fields; 0 in older files.
    private static let lostWord = 255

    private let words: UnsafeMutablePointer<UInt64>
    private var sequence: UInt64
    /// The last stored checkpoint; nil where the file is new, or holds none that is whole.
    package private(set) var checkpoint: SpoolCheckpoint?

    /// Maps the file, or makes it.
    package init(path: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW)
        // The blocks are allocated: a store into a hole of a full disk would be a SIGBUS.
        let code = posix_fallocate(file.raw, 0, off_t(CheckpointPage.pageBytes))
        if code != 0 { throw SystemError("fallocate", on: path, code: code) }
        let mapped = mmap(nil, CheckpointPage.pageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.raw, 0)
        guard let mapped, mapped != MAP_FAILED else { throw SystemError("mmap", on: path, code: errno) }
        words = mapped.assumingMemoryBound(to: UInt64.self)
        let slots = [0, 1].compactMap { [words] in CheckpointPage.read(words + $0 * CheckpointPage.slotWords) }
        let latest = slots.max { $0.sequence < $1.sequence }
        sequence = latest?.sequence ?? 0
        checkpoint = latest?.checkpoint
    }

    deinit { munmap(words, CheckpointPage.pageBytes) }

    /// Records a checkpoint in the slot that does not hold the last one.
    package func store(_ checkpoint: SpoolCheckpoint) {
        sequence += 1
        let slot = words + Int(sequence % 2) * CheckpointPage.slotWords
        let fields = CheckpointPage.fields(checkpoint)
        // Invalid while it is written, also to a reader that finds it after a kill right here.
        pool_store_release(slot, 0)
        for (index, field) in fields.enumerated() { pool_store_relaxed(slot + 2 + index, field) }
        pool_store_relaxed(slot + 1, CheckpointPage.checksum(sequence, fields))
        pool_store_release(slot, sequence)
        self.checkpoint = checkpoint
    }

    /// No line up to this one is to be relied on: it may have left the files, or never come there.
    package var lost: UInt64 { pool_load_relaxed(words + CheckpointPage.lostWord) }

    /// Records that a line is no longer in the files.
    package func lose(through sequence: UInt64) {
        if sequence > lost { pool_store_release(words + CheckpointPage.lostWord, sequence) }
    }

    private static func read(
        _ slot: UnsafeMutablePointer<UInt64>
    ) -> (sequence: UInt64, checkpoint: SpoolCheckpoint)? {
        let sequence = pool_load_acquire(slot)
        let fields = (0..<5).map { pool_load_relaxed(slot + 2 + $0) }
        guard sequence > 0, pool_load_relaxed(slot + 1) == checksum(sequence, fields) else { return nil }
        var checkpoint = SpoolCheckpoint()
        checkpoint.stdoutOffset = fields[0]
        checkpoint.stderrOffset = fields[1]
        checkpoint.outputOffset = fields[2]
        checkpoint.outputFile = fields[3]
        checkpoint.lineSequence = fields[4]
        return (sequence, checkpoint)
    }

    private static func fields(_ checkpoint: SpoolCheckpoint) -> [UInt64] {
        [
            checkpoint.stdoutOffset, checkpoint.stderrOffset, checkpoint.outputOffset, checkpoint.outputFile,
            checkpoint.lineSequence,
        ]
    }

    /// FNV-1a, word by word: it tells a torn slot from a whole one, nothing more.
    private static func checksum(_ sequence: UInt64, _ fields: [UInt64]) -> UInt64 {
        fields.reduce((0xcbf2_9ce4_8422_2325 ^ sequence) &* 0x100_0000_01b3) { ($0 ^ $1) &* 0x100_0000_01b3 }
    }
}
