package import Glibc
package import PoolModel

/// An ``Address`` in the kernel's form.
package struct SocketAddress: Sendable {
    private var storage: sockaddr_storage
    private var length: socklen_t

    /// The address family: AF_UNIX, AF_INET or AF_INET6.
    package var family: Int32 { Int32(storage.ss_family) }

    /// - Throws: ENAMETOOLONG for a path that does not fit, EINVAL for a host that is no numeric address.
    package init(_ address: Address) throws(SystemError) {
        switch address {
        case .unix(let path):
            guard path.utf8.count <= Address.pathBytesMax else {
                throw SystemError("bind", on: address.description, code: ENAMETOOLONG)
            }
            var unix = sockaddr_un()
            unix.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &unix.sun_path) { $0.copyBytes(from: path.utf8) }
            self.init(copying: unix)
        case .tcp(let host, let port):
            // Not resolved: where a socket listens must not depend on a name server.
            let numeric = host == "localhost" ? "127.0.0.1" : host
            var v4 = sockaddr_in()
            var v6 = sockaddr_in6()
            if inet_pton(AF_INET, numeric, &v4.sin_addr) == 1 {
                v4.sin_family = sa_family_t(AF_INET)
                v4.sin_port = port.bigEndian
                self.init(copying: v4)
            } else if inet_pton(AF_INET6, numeric, &v6.sin6_addr) == 1 {
                v6.sin6_family = sa_family_t(AF_INET6)
                v6.sin6_port = port.bigEndian
                self.init(copying: v6)
            } else {
                throw SystemError("address", on: address.description, code: EINVAL)
            }
        }
    }

    private init<Form>(copying form: Form) {
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<Form>.size)
        withUnsafeMutableBytes(of: &storage) { storage in
            withUnsafeBytes(of: form) { storage.copyMemory(from: $0) }
        }
    }

    /// Lends the address as bind and connect want it.
    package func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
