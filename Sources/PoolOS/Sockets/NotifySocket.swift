internal import CPoolOS
internal import Glibc
internal import PoolModel

/// The socket that processes tell their state to, as sd_notify(3) has it: datagrams of `NAME=value` lines.
///
/// One for all workers: who it was that spoke is told by the kernel (SCM_CREDENTIALS), and cannot be made up.
package final class NotifySocket: Sendable {
    /// What one process said at once.
    package struct Message: Hashable, Sendable {
        package var sender: Int32
        package var fields: [(name: String, value: String)] {
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
            }
        }
        private let text: String

        package init(sender: Int32, text: String) {
            self.sender = sender
            self.text = text
        }
    }

    /// Bytes of a datagram that are read. Beyond: the rest is cut off, as the protocol's own reader does.
    package static let bytesMax = 4096

    package let descriptor: FileDescriptor

    package init(adopting descriptor: FileDescriptor) { self.descriptor = descriptor }

    /// Binds a socket that every user may write to.
    ///
    /// What is at the path is replaced: the caller holds the lock of the directory, so nobody else listens there.
    package init(path: String) throws(SystemError) {
        let address = try SocketAddress(.unix(path: path))
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(AF_UNIX, type, 0) })
        unlink(path)
        try syscall("bind", on: path) { address.withPointer { Glibc.bind(socket.raw, $0, $1) } }
        try syscall("chmod", on: path) { chmod(path, 0o666) }
        var one: Int32 = 1
        let length = socklen_t(MemoryLayout<Int32>.size)
        try syscall("setsockopt") { setsockopt(socket.raw, SOL_SOCKET, SO_PASSCRED, &one, length) }
        descriptor = socket
    }

    /// The next message; nil where there is none now.
    package func receive() -> Message? {
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        var sender: Int32 = 0
        let count = bytes.withUnsafeMutableBytes {
            pool_receive_notice(descriptor.raw, $0.baseAddress, $0.count, &sender)
        }
        guard count >= 0 else { return nil }
        return Message(sender: sender, text: String(decoding: bytes[..<count], as: UTF8.self))
    }
}
