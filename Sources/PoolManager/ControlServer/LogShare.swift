internal import PoolModel
internal import Synchronization

/// How many streams of log lines there are: what the daemon holds for readers who are slower than the lines come is
/// shared among them.
final class LogReaders: Sendable {
    private let count = Atomic(0)

    /// One more, for as long as its share is held.
    func join() -> LogShare { LogShare(self) }

    fileprivate var current: Int { count.load(ordering: .relaxed) }
    fileprivate func add(_ change: Int) { count.add(change, ordering: .relaxed) }
}

/// A stream's share of what is held for all of them. A reader who has stopped reading holds some lots of this size: one
/// that waits to be written, one in the kernel.
final class LogShare: Sendable {
    private let readers: LogReaders

    fileprivate init(_ readers: LogReaders) {
        self.readers = readers
        readers.add(1)
    }

    deinit { readers.add(-1) }

    /// Lines of one lot. A lone reader is given large ones: each lot is a visit to the manager.
    var lines: Int { min(1000, max(32, Limits.logLinesUnderWay / max(1, readers.current))) }
    /// Bytes of text of one lot.
    var bytes: Int { min(256 << 10, max(4 << 10, Limits.logBytesUnderWay / max(1, readers.current))) }
}
