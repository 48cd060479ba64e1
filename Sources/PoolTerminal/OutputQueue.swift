internal import Glibc

/// Bytes on their way to the terminal. Never blocks: what the terminal does not take stays here, and no frame is drawn
/// meanwhile, so that a terminal that was stopped costs nothing and cannot hold the program.
struct OutputQueue: ~Copyable {
    /// A description of our own: O_NONBLOCK on the inherited one would be the shell's too.
    let descriptor: Int32
    private var pending: [UInt8] = []
    private var sent = 0

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    var isEmpty: Bool { sent == pending.count }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        if isEmpty {
            pending.removeAll(keepingCapacity: true)
            sent = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// Writes what the terminal takes; false where it is gone.
    mutating func drain() -> Bool {
        while !isEmpty {
            let count = pending[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                return true
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Writes the rest, and waits for the terminal so many milliseconds at most.
    mutating func drain(milliseconds: Int32) {
        for _ in 0..<8 where !isEmpty {
            guard drain() else { return }
            if isEmpty { return }
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, milliseconds / 8) < 0, errno != EINTR { return }
        }
    }

    mutating func discard() {
        pending.removeAll()
        sent = 0
    }
}
