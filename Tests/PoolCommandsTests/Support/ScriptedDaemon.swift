import FoundationEssentials
import Glibc

/// A unix socket whose answers a test writes by hand. Everything happens in the test's own thread: a connection is in
/// the backlog as soon as the client has made it.
final class ScriptedDaemon {
    let directory: String
    let path: String
    private var listener: Int32 = -1
    private var connections: [Int32] = []

    init() throws {
        var template = Array("/tmp/pool-client-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = "\(directory)/control.sock"
        try listen()
    }

    deinit {
        stop()
        unlink(path)
        rmdir(directory)
    }

    struct Failure: Error {
        var what: String
    }

    /// Listens (again). A socket file that is left over is taken away first.
    func listen() throws {
        unlink(path)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, Glibc.listen(listener, 8) == 0 else { throw Failure(what: "listen: \(errno)") }
    }

    /// Dies, and leaves the socket file behind.
    func stop() {
        for connection in connections { close(connection) }
        connections = []
        if listener >= 0 { close(listener) }
        listener = -1
    }

    /// Accepts the next connection and reads its request.
    func accept() throws -> String {
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0 else { throw Failure(what: "accept: \(errno)") }
        connections.append(connection)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    /// Sends on the newest connection; returns how many bytes the socket took.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) throws -> Int {
        let bytes = Array(bytes)
        let sent = Glibc.send(
            connections.last ?? -1,
            bytes,
            bytes.count,
            Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        )
        if sent < 0, errno != EAGAIN { throw Failure(what: "send: \(errno)") }
        return max(0, sent)
    }

    func hangUp() {
        if let connection = connections.popLast() { close(connection) }
    }
}
