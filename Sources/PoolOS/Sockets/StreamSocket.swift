internal import CPoolOS
internal import Glibc
package import PoolModel

/// A stream connection to an address.
package enum StreamSocket {
    /// Connects. A unix socket connects at once or not at all; TCP waits for the peer's answer.
    ///
    /// - Throws: ECONNREFUSED where nobody listens, ENOENT where there is no such socket file, EAGAIN where the
    ///   listener's queue is full.
    package static func connect(to address: Address) throws(SystemError) -> FileDescriptor {
        let form = try SocketAddress(address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(form.family, type, 0) })
        // Only while connecting a unix socket: a full queue is to be an error, not a wait.
        if form.family == AF_UNIX { try socket.setNonBlocking() }
        try syscall("connect", on: address.description) { form.withPointer { Glibc.connect(socket.raw, $0, $1) } }
        if form.family == AF_UNIX { try socket.setNonBlocking(false) }
        return socket
    }

    /// Begins to connect, without waiting: the socket is writable once it is known what came of it, which
    /// ``outcome(of:)`` then tells. A unix socket is connected at once, or not at all.
    ///
    /// - Throws: as ``connect(to:)``.
    package static func begin(to address: Address) throws(SystemError) -> FileDescriptor {
        let form = try SocketAddress(address)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(form.family, type, 0) })
        do throws(SystemError) {
            try syscall("connect", on: address.description) { form.withPointer { Glibc.connect(socket.raw, $0, $1) } }
        } catch {
            guard error.code == EINPROGRESS else { throw error }
        }
        return socket
    }

    /// What became of a connection that was begun; nil where it stands.
    package static func outcome(of socket: FileDescriptor) -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
            return SystemError("getsockopt", code: errno)
        }
        return code == 0 ? nil : SystemError("connect", code: code)
    }

    /// Who is at the other end of a unix socket.
    package static func peerCredentials(of socket: Int32) throws(SystemError) -> PeerCredentials {
        var peer = pool_peer()
        try syscall("getsockopt") { pool_peer_credentials(socket, &peer) }
        return PeerCredentials(pid: peer.pid, userID: peer.uid, groupID: peer.gid)
    }
}

/// The process at the other end of a unix socket, as the kernel noted it at connect.
package struct PeerCredentials: Hashable, Sendable {
    package var pid: Int32
    package var userID: UInt32
    package var groupID: UInt32

    package init(pid: Int32, userID: UInt32, groupID: UInt32) {
        self.pid = pid
        self.userID = userID
        self.groupID = groupID
    }
}
