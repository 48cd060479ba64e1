internal import Glibc
package import PoolModel

/// A datagram socket that sends to one address and never waits.
package final class DatagramSocket: Sendable {
    private let socket: FileDescriptor

    /// - Throws: ENOENT or ECONNREFUSED where nobody has bound the unix socket.
    package init(to address: Address) throws(SystemError) {
        let form = try SocketAddress(address)
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(form.family, type, 0) })
        try syscall("connect", on: address.description) { form.withPointer { Glibc.connect(socket.raw, $0, $1) } }
        self.socket = socket
    }

    /// Sends one datagram.
    ///
    /// - Throws: EAGAIN where the receiver's queue is full, EMSGSIZE where the datagram is too large, ECONNREFUSED where
    ///   nobody listens any more.
    package func send(_ bytes: [UInt8]) throws(SystemError) {
        try syscall("send") {
            bytes.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
    }
}
