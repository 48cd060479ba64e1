internal import Glibc
internal import PoolModel
internal import PoolOS

/// Listening sockets that a service manager has bound for us (sd_listen_fds(3)): `LISTEN_PID` is ours, `LISTEN_FDS` of
/// them begin at descriptor 3.
///
/// They go to the store under the names that fronts have there, so a profile that listens at such an address uses the
/// socket in place of one of its own: also one at a port that we could not bind.
enum InheritedSockets {
    private static let first: Int32 = 3

    /// Takes them over, once. What is no listening socket is told and closed.
    ///
    /// - Returns: by the name in the store; and what is to be told.
    static func take() -> (sockets: [(name: String, socket: FileDescriptor)], problems: [String]) {
        let owner = getenv("LISTEN_PID").flatMap { Int32(String(cString: $0)) }
        let count = getenv("LISTEN_FDS").flatMap { Int32(String(cString: $0)) } ?? 0
        // Our children are not whom they are for.
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        guard owner == getpid(), (1...256).contains(count) else { return ([], []) }
        var sockets: [(name: String, socket: FileDescriptor)] = []
        var problems: [String] = []
        for number in first..<first + count {
            guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
                problems.append("LISTEN_FDS names descriptor \(number), which is not open")
                continue
            }
            let socket = FileDescriptor(adopting: number)
            guard isListening(number), let address = address(of: number) else {
                problems.append("descriptor \(number) of LISTEN_FDS is no listening stream socket")
                continue
            }
            sockets.append((KeeperLink.listenerPrefix + address.description, socket))
        }
        return (sockets, problems)
    }

    private static func isListening(_ socket: Int32) -> Bool {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_TYPE, &value, &size) == 0, value == Int32(SOCK_STREAM.rawValue) else {
            return false
        }
        return getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
    }

    private static func address(of socket: Int32) -> Address? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer -> Address? in
            let generic = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            guard getsockname(socket, generic, &size) == 0 else { return nil }
            if Int32(generic.pointee.sa_family) == AF_UNIX {
                let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
                let path = UnsafeRawPointer(pointer) + offset
                let count = strnlen(path.assumingMemoryBound(to: CChar.self), Int(size) - offset)
                let text = String(decoding: UnsafeRawBufferPointer(start: path, count: count), as: UTF8.self)
                return text.hasPrefix("/") ? .unix(path: text) : nil
            }
            var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
            let flags = NI_NUMERICHOST | NI_NUMERICSERV
            guard
                getnameinfo(generic, size, &host, socklen_t(host.count), &port, socklen_t(port.count), flags) == 0,
                let number = UInt16(text(port))
            else { return nil }
            return .tcp(host: text(host), port: number)
        }
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
