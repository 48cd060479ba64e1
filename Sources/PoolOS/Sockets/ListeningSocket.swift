internal import Glibc
package import PoolModel

/// Sockets that wait for connections.
package enum ListeningSocket {
    /// Who may connect to a unix socket: set before the first connection can be made.
    package struct Access: Hashable, Sendable {
        package var mode: UInt16
        /// nil keeps ours.
        package var userID: UInt32?
        package var groupID: UInt32?

        package init(mode: UInt16, userID: UInt32? = nil, groupID: UInt32? = nil) {
            self.mode = mode
            self.userID = userID
            self.groupID = groupID
        }
    }

    /// Bytes that wait in the kernel for a client that does not take them, besides what is on its way. Without it they
    /// are up to 4 MiB each (`net.ipv4.tcp_wmem`), and a thousand slow readers take all the memory that TCP may have.
    package static let unsentBytesMax: Int32 = 256 << 10

    /// Binds and listens; the socket is non-blocking and closed on exec.
    ///
    /// A socket file that nobody listens at any more is replaced; a live one, or a file of another kind, never is.
    /// `[::]` takes IPv6 only, so that `0.0.0.0` of the same port can stand beside it. Port 0 takes any free one.
    /// - Parameter reusePort: Lets several sockets listen at one TCP address, the kernel spreading connections.
    /// - Throws: EADDRINUSE where somebody listens there, EACCES, ENOENT for a missing directory, EADDRNOTAVAIL.
    package static func bind(
        _ address: Address,
        backlog: Int32 = 4096,
        access: Access = Access(mode: 0o660),
        reusePort: Bool = false
    ) throws(SystemError) -> FileDescriptor {
        let form = try SocketAddress(address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(form.family, type, 0) })
        if case .unix(let path) = address {
            try removeStale(path)
            // The file takes its mode from the socket: nobody gets in between bind and chmod.
            try syscall("fchmod", on: path) { fchmod(socket.raw, 0) }
        } else {
            try enable(SO_REUSEADDR, level: SOL_SOCKET, on: socket)
            // Accepted connections inherit it.
            try set(TCP_NOTSENT_LOWAT, to: unsentBytesMax, level: Int32(IPPROTO_TCP), on: socket)
            if reusePort { try enable(SO_REUSEPORT, level: SOL_SOCKET, on: socket) }
            if form.family == AF_INET6 { try enable(IPV6_V6ONLY, level: Int32(IPPROTO_IPV6), on: socket) }
        }
        try syscall("bind", on: address.description) { form.withPointer { Glibc.bind(socket.raw, $0, $1) } }
        if case .unix(let path) = address { try apply(access, to: path) }
        try syscall("listen", on: address.description) { Glibc.listen(socket.raw, backlog) }
        return socket
    }

    /// Whether a TCP address can be bound now: binds it, and lets it go without ever listening. Unix paths are not tried.
    ///
    /// - Throws: as ``bind(_:backlog:access:reusePort:)``.
    package static func tryBind(_ address: Address) throws(SystemError) {
        if case .unix = address { return }
        let form = try SocketAddress(address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(form.family, type, 0) })
        try enable(SO_REUSEADDR, level: SOL_SOCKET, on: socket)
        if form.family == AF_INET6 { try enable(IPV6_V6ONLY, level: Int32(IPPROTO_IPV6), on: socket) }
        try syscall("bind", on: address.description) { form.withPointer { Glibc.bind(socket.raw, $0, $1) } }
    }

    /// The port that a bound TCP socket has: for tests and for port 0. nil for other sockets.
    package static func port(of socket: FileDescriptor) -> UInt16? {
        var v6 = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &v6) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.raw, $0, &length) }
        }
        // The port lies at the same place in both forms.
        guard result == 0, [AF_INET, AF_INET6].contains(Int32(v6.sin6_family)) else { return nil }
        return UInt16(bigEndian: v6.sin6_port)
    }

    /// Removes a socket file that nobody listens at. Does nothing where there is no file.
    ///
    /// - Throws: EADDRINUSE where it is live, EEXIST where the file is not a socket.
    package static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        do throws(SystemError) {
            try syscall("lstat", on: path) { lstat(path, &status) }
        } catch {
            if error.code == ENOENT { return }
            throw error
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind", on: "unix:\(path)", code: EEXIST) }
        do throws(SystemError) {
            _ = try StreamSocket.connect(to: .unix(path: path))
        } catch {
            guard error.code == ECONNREFUSED else {
                // A full queue, a socket of another type or one that we may not touch: somebody's, and alive.
                throw SystemError("bind", on: "unix:\(path)", code: EADDRINUSE)
            }
            try syscall("unlink", on: path) { unlink(path) }
            return
        }
        throw SystemError("bind", on: "unix:\(path)", code: EADDRINUSE)
    }

    /// Gives a socket file its owner and mode.
    package static func apply(_ access: Access, to path: String) throws(SystemError) {
        // A worker that owns the directory could put something else in the socket's place meanwhile.
        let file = try SocketFile(path)
        if access.userID != nil || access.groupID != nil {
            try file.setOwner(user: access.userID, group: access.groupID)
        }
        try file.setMode(access.mode)
    }

    private static func enable(_ option: Int32, level: Int32, on socket: FileDescriptor) throws(SystemError) {
        try set(option, to: 1, level: level, on: socket)
    }

    private static func set(_ option: Int32, to value: Int32, level: Int32, on socket: FileDescriptor)
        throws(SystemError)
    {
        var value = value
        try syscall("setsockopt") { setsockopt(socket.raw, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) }
    }
}
