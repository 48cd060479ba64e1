internal import Glibc
internal import PoolModel
internal import PoolOS

/// A connection to the proxy's probe listener, on the reactor.
final class ProbeConnection {
    enum Received {
        case bytes([UInt8])
        case closed
    }

    private let reactor: Reactor
    private let socket: FileDescriptor
    /// What is done with what comes.
    var onReceive: (Received) -> Void = { _ in }
    /// It has carried a request before.
    var isReused = false

    init(to address: Address, on reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        socket = try StreamSocket.connect(to: address)
        try socket.setNonBlocking()
        try reactor.watch(socket.raw, .readable) { [weak self] _ in self?.receive() }
    }

    /// Sends a request; false where the connection does not take it whole at once, which a small one always is.
    func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            == bytes.count
    }

    func close() {
        guard socket.raw >= 0 else { return }
        reactor.unwatch(socket.raw)
        socket.close()
        onReceive = { _ in }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { recv(socket.raw, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        onReceive(count > 0 ? .bytes(Array(buffer[..<count])) : .closed)
    }
}
