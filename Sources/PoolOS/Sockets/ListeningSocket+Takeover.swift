internal import Glibc
package import PoolModel

extension ListeningSocket {
    /// Duplicates another process's listening sockets, so that their queues go on while that process ends.
    ///
    /// - Returns: a socket for each address at which the process listens; without those that it does not, and empty
    ///   where we may not look into it (another user's process; a kernel that forbids tracing).
    package static func take(_ addresses: [Address], from process: ProcessIdentity) -> [Address: FileDescriptor] {
        var wanted = addresses.compactMap { address in (try? SocketAddress(address)).map { (address, $0) } }
        var taken: [Address: FileDescriptor] = [:]
        guard let pidfd = try? process.open() else { return [:] }
        for number in descriptors(of: process.pid) where !wanted.isEmpty {
            guard let socket = ProcessIdentity.descriptor(number, behind: pidfd), isListening(socket),
                let place = wanted.firstIndex(where: { $0.1.isBound(socket) })
            else { continue }
            taken[wanted.remove(at: place).0] = socket
        }
        return taken
    }

    private static func descriptors(of pid: Int32) -> [Int32] {
        guard let directory = opendir("/proc/\(pid)/fd") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name) { found.append(number) }
        }
        return found.sorted()
    }

    private static func isListening(_ socket: FileDescriptor) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket.raw, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value == 1
    }
}

extension SocketAddress {
    /// Whether a socket is bound to exactly this address.
    func isBound(_ socket: FileDescriptor) -> Bool {
        var other = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &other) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.raw, $0, &length) }
        }
        guard result == 0 else { return false }
        return withPointer { pointer, ownLength in
            // A unix path may come back without the zeros behind it; both storages are zero there.
            withUnsafeBytes(of: &other) { bytes in
                let own = UnsafeRawBufferPointer(start: pointer, count: Int(ownLength))
                return own.elementsEqual(bytes.prefix(own.count))
            }
        }
    }
}
