private import FoundationEssentials
private import Glibc
private import PoolClient
private import PoolModel
private import Synchronization

/// Set by SIGINT and SIGTERM, read by the loops that wait.
private let interrupted = Atomic<Bool>(false)

extension ProgramEnvironment {
    /// The real world.
    ///
    /// Prepares the signals: a broken pipe becomes an error of write(2), and the first Ctrl-C ends waits in order; the
    /// second one kills.
    package static func process() -> ProgramEnvironment {
        interrupted.store(false, ordering: .relaxed)
        _ = signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in interrupted.store(true, ordering: .relaxed) }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            _ = sigaction(number, &action, nil)
        }
        return ProgramEnvironment(
            write: { try writeAll($1, to: descriptor(of: $0)) },
            isTerminal: { isatty(descriptor(of: $0)) == 1 },
            isOutputOpen: {
                var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
                return poll(&entry, 1, 0) <= 0 || entry.revents & Int16(POLLERR | POLLNVAL) == 0
            },
            columns: terminalColumns,
            variables: environmentVariables(),
            userID: geteuid(),
            now: currentTime,
            connect: { SocketSession($0) },
            isInterrupted: { interrupted.load(ordering: .relaxed) },
            readFile: { try read(file: $0) },
            exists: { access($0, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR) },
            isDirectory: { isDirectory($0) },
            writeFile: { try write(file: $0, $1) },
            find: { paths(matching: $0) },
            allVariables: allVariables,
            hostName: hostName,
            processors: { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) },
            workingDirectory: workingDirectory,
            readLine: { Swift.readLine() },
            descriptorsMax: descriptorsMax,
            hasUser: { getpwnam($0) != nil },
            bindFailure: bindFailure,
            execute: { try execute($0, $1) }
        )
    }

    private static func descriptor(of channel: Channel) -> Int32 {
        switch channel {
        case .input: STDIN_FILENO
        case .output: STDOUT_FILENO
        case .errors: STDERR_FILENO
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                // Somebody made the terminal non-blocking.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, 1000)
            } else if errno == EPIPE {
                throw OutputClosed()
            } else if errno != EINTR {
                // A full disk is no reader who has seen enough: what was asked for is not there.
                throw PoolError(.internal, "cannot write the output: \(String(cString: strerror(errno)))")
            }
            if interrupted.load(ordering: .relaxed), written < 0 { throw OutputClosed() }
        }
    }

    private static func terminalColumns() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private static func environmentVariables() -> [String: String] {
        var variables: [String: String] = [:]
        for name in [
            "HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "POOL_RUNTIME_DIR", "POOL_STATE_DIR", "POOL_SOCKET",
            "POOL_URL",
            "POOL_CERT", "POOL_KEY", "POOL_CA",
            "NO_COLOR",
            "TERM", "COLUMNS", "PATH", "SHELL",
        ] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }

    private static func currentTime() -> Timestamp {
        Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000))
    }

    static func read(file path: String) throws -> [UInt8] {
        func failure() -> PoolError {
            let code: PoolError.Code = errno == ENOENT ? .notFound : errno == EACCES ? .permissionDenied : .internal
            return PoolError(code, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Limits.profileBytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw PoolError(.tooLarge, "\(path) is over \(Limits.profileBytesMax) bytes")
    }

    private static func descriptorsMax() -> UInt64 {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : .max
    }

    /// Binds to the address and lets go again. A unix path is taken where its directory can be written.
    private static func bindFailure(_ address: Address) -> BindFailure? {
        switch address {
        case .unix(let path):
            let directory = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            return access(directory.isEmpty ? "/" : String(directory), W_OK) == 0
                ? nil : BindFailure("\(directory): \(String(cString: strerror(errno)))")
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let result = getaddrinfo(host, "\(port)", &hints, &list)
            guard result == 0, let entry = list else { return BindFailure(String(cString: gai_strerror(result))) }
            defer { freeaddrinfo(list) }
            let number = socket(entry.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
            guard number >= 0 else { return BindFailure(String(cString: strerror(errno))) }
            defer { _ = close(number) }
            var on: Int32 = 1
            setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            return bind(number, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0
                ? nil : BindFailure(String(cString: strerror(errno)), isInUse: errno == EADDRINUSE)
        }
    }

    /// The program beside this one, else the one in PATH.
    private static func execute(_ program: String, _ arguments: [String]) throws {
        var own = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &own, own.count - 1)
        var beside = program
        if length > 0 {
            let path = String(decoding: own[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            beside = path[...(path.lastIndex(of: "/") ?? path.startIndex)] + program
        }
        var pointers: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        _ = signal(SIGPIPE, SIG_DFL)
        execv(beside, &pointers)
        execvp(program, &pointers)
        throw PoolError(
            .notFound,
            "cannot run \(program): \(String(cString: strerror(errno)))",
            remedy: "install it beside poolctl or in PATH"
        )
    }
}
