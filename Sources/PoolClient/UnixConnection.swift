private import Glibc
private import PoolModel

/// A connection to a unix socket that never blocks.
final class UnixConnection: ByteConnection {
    private let descriptor: Descriptor
    private let path: String

    var number: Int32 { descriptor.number }

    /// Connects, which on a unix socket happens at once or not at all.
    init(path: String) throws(SessionError) {
        self.path = path
        guard path.utf8.count <= Address.pathBytesMax, !path.utf8.contains(0) else {
            throw SessionError(
                .local,
                "the socket's path \(path) is over \(Address.pathBytesMax) bytes",
                remedy: "choose a shorter --runtime-dir"
            )
        }
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        guard number >= 0 else { throw SessionError(.local, "cannot make a socket: \(UnixConnection.text(errno))") }
        descriptor = Descriptor(number)
        guard UnixConnection.connect(number, to: path) == 0 else {
            throw UnixConnection.failure(errno, path: path)
        }
    }

    private static func connect(_ number: Int32, to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Sends what the socket takes now; returns how many bytes that were.
    func send(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> Int {
        let sent = bytes.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent >= 0 { return sent }
        switch errno {
        case EAGAIN, EINTR: return 0
        // The daemon may have answered early (413, say) before it hung up: the answer is still to be read.
        case EPIPE, ECONNRESET: return bytes.count
        default: throw SessionError(.cut, "cannot send to \(path): \(UnixConnection.text(errno))")
        }
    }

    /// Receives what is there into the buffer.
    func receive(into buffer: inout [UInt8]) throws(SessionError) -> Received {
        let count = buffer.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        switch errno {
        case EAGAIN, EINTR: return .nothingYet
        case ECONNRESET: return .end
        default: throw SessionError(.cut, "cannot read from \(path): \(UnixConnection.text(errno))")
        }
    }

    private static func failure(_ code: Int32, path: String) -> SessionError {
        let start = "start one with `poold run -d PROFILE`, or name its directory with --runtime-dir"
        switch code {
        case ENOENT, ENOTDIR:
            return SessionError(.noDaemon, "no daemon: \(path) does not exist", remedy: start)
        case ECONNREFUSED:
            return SessionError(
                .staleSocket,
                "no daemon: nobody listens at \(path), it is left from one that has died",
                remedy: start
            )
        case EACCES, EPERM:
            return SessionError(
                .denied,
                "permission denied: \(path)",
                remedy: "run as the daemon's user or with sudo, or become a member of the socket's group"
            )
        case EAGAIN:
            return SessionError(.timedOut, "the daemon at \(path) is too busy to accept a connection")
        default:
            return SessionError(.local, "cannot connect to \(path): \(text(code))")
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
