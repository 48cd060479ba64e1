internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

struct ListeningSocketTests {
    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try syscall("stat", on: path) { stat(path, &status) }
        return status.st_mode & 0o777
    }

    @Test func aStaleSocketFileIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.sock")
        try ListeningSocket.bind(.unix(path: path)).close()
        let socket = try ListeningSocket.bind(.unix(path: path), access: .init(mode: 0o606))
        #expect(try mode(path) == 0o606)
        let client = try StreamSocket.connect(to: .unix(path: path))
        #expect(try StreamSocket.peerCredentials(of: client.raw).pid == getpid())
        withExtendedLifetime(socket) {}
    }

    /// The owner of a directory can swap its entries at any moment: what was opened is what is changed.
    @Test func onlyASocketsFileIsChangedAndNoneBehindALink() throws {
        let directory = try TemporaryDirectory()
        let (path, secret, link) = (directory.file("a.sock"), directory.file("secret"), directory.file("link"))
        try FileDescriptor.open(secret, O_WRONLY | O_CREAT, mode: 0o600).close()
        symlink(secret, link)
        #expect(throws: SystemError("open", on: link, code: ENOTSOCK)) { try SocketFile(link) }
        #expect(throws: SystemError("open", on: secret, code: ENOTSOCK)) { try SocketFile(secret) }
        let socket = try ListeningSocket.bind(.unix(path: path), access: .init(mode: 0o600))
        let file = try SocketFile(path)
        unlink(path)
        symlink(secret, path)
        try file.setMode(0o666)
        try file.setOwner(user: geteuid(), group: getegid())
        #expect(try mode(secret) == 0o600)
        withExtendedLifetime(socket) {}
    }

    @Test func aLiveSocketIsLeftAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.sock")
        let socket = try ListeningSocket.bind(.unix(path: path))
        let inUse = SystemError("bind", on: "unix:\(path)", code: EADDRINUSE)
        #expect(throws: inUse) { try ListeningSocket.bind(.unix(path: path)) }
        #expect(inUse.description == "bind unix:\(path): address already in use (EADDRINUSE)")
        #expect(throws: Never.self) { try StreamSocket.connect(to: .unix(path: path)) }
        withExtendedLifetime(socket) {}
    }

    @Test func theKernelHoldsLittleForASlowReader() throws {
        let socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0))
        let port = try #require(ListeningSocket.port(of: socket))
        let client = try StreamSocket.connect(to: .tcp(host: "127.0.0.1", port: port))
        var waiting = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 10_000) == 1)
        let accepted = FileDescriptor(adopting: try syscall("accept") { accept(socket.raw, nil, nil) })
        var bytes: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        #expect(getsockopt(accepted.raw, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, &length) == 0)
        #expect(bytes == 256 << 10)
        withExtendedLifetime(client) {}
    }

    @Test func aBusySocketIsALiveOne() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.sock")
        let socket = try ListeningSocket.bind(.unix(path: path), backlog: 0)
        // Until its queue is full.
        var clients: [FileDescriptor] = []
        while let client = try? StreamSocket.connect(to: .unix(path: path)) { clients.append(client) }
        #expect(!clients.isEmpty)
        #expect(throws: SystemError("bind", on: "unix:\(path)", code: EADDRINUSE)) {
            try ListeningSocket.removeStale(path)
        }
        withExtendedLifetime(socket) {}
    }

    @Test func anotherFileIsLeftAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.sock")
        try FileDescriptor.open(path, O_WRONLY | O_CREAT).writeAll(Array("precious".utf8))
        #expect(throws: SystemError("bind", on: "unix:\(path)", code: EEXIST)) {
            try ListeningSocket.bind(.unix(path: path))
        }
        #expect(try directory.contents("a.sock") == Array("precious".utf8))
    }

    @Test func aMissingDirectoryAndALongPathAreSaid() throws {
        #expect(throws: SystemError("bind", on: "unix:/nonexistent/a.sock", code: ENOENT)) {
            try ListeningSocket.bind(.unix(path: "/nonexistent/a.sock"))
        }
        let long = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: SystemError("bind", on: "unix:\(long)", code: ENAMETOOLONG)) {
            try ListeningSocket.bind(.unix(path: long))
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "::1"])
    func tcpIsReachableAndExclusive(_ host: String) throws {
        let socket = try ListeningSocket.bind(.tcp(host: host, port: 0))
        let port = try #require(ListeningSocket.port(of: socket))
        #expect(port > 0)
        #expect(throws: Never.self) { try StreamSocket.connect(to: .tcp(host: host, port: port)) }
        let address = Address.tcp(host: host, port: port)
        #expect(throws: SystemError("bind", on: address.description, code: EADDRINUSE)) {
            try ListeningSocket.bind(address)
        }
        // A closed listener's port is free at once, in spite of connections that linger.
        socket.close()
        #expect(throws: Never.self) { try ListeningSocket.bind(address) }
    }

    @Test func bothFamiliesMayHaveOnePort() throws {
        let v6 = try ListeningSocket.bind(.tcp(host: "::", port: 0))
        let port = try #require(ListeningSocket.port(of: v6))
        #expect(throws: Never.self) { try ListeningSocket.bind(.tcp(host: "0.0.0.0", port: port)) }
    }

    @Test func aNameIsNotResolved() {
        #expect(throws: SystemError("address", on: "example.org:80", code: EINVAL)) {
            try ListeningSocket.bind(.tcp(host: "example.org", port: 80))
        }
    }
}
