internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// Where a shipper is, on disk: written at most once a second, whole or not at all.
///
/// State: when it was written last, guarded by the mutex.
final class PositionFile: Sendable {
    private let path: String
    private let last = Mutex(Duration.zero)

    /// - Parameter receiver: each has a file of its own.
    init(directory: String, receiver: LogReceiver) {
        let name = receiver.description.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }
        path = "\(directory)/shipped-\(String(decoding: name, as: UTF8.self)).json"
    }

    func read() -> LogShipper.Position? {
        guard let file = try? FileDescriptor.open(path, O_RDONLY),
            let bytes = try? file.contents(bytesMax: 4096, name: path)
        else { return nil }
        return try? JSONCoding.decode(LogShipper.Position.self, from: bytes)
    }

    /// A position that cannot be written is told by the next one that begins there: nothing is lost but order.
    func write(_ position: LogShipper.Position) {
        let now = MonotonicClock.now
        let isDue = last.withLock { last in
            guard last == .zero || now - last >= .seconds(1) else { return false }
            last = now
            return true
        }
        guard isDue, let bytes = try? JSONCoding.encode(position) else { return }
        let temporary = path + ".new"
        let number = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else { return }
        let file = FileDescriptor(adopting: number)
        guard (try? file.writeAll(bytes)) != nil else { return }
        rename(temporary, path)
    }
}

private func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
