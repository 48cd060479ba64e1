internal import Glibc
internal import PoolModel
internal import PoolOS

/// The environment of a worker: a small part of ours, then the profile's files, then the profile's own, then marks.
struct WorkerEnvironment {
    /// What a worker inherits of the daemon's environment, and nothing else: no secrets of whoever started it.
    static let inheritedNames: Set<String> = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"]
    /// Bytes of an environment file. Beyond: the start fails.
    static let fileBytesMax = 256 << 10

    private var values: [String: String]

    init(inherited: [String: String]) {
        values = inherited.filter { Self.inheritedNames.contains($0.key) || $0.key.hasPrefix("LC_") }
        values["PATH"] = values["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        // Lines come when they are written, not when a buffer is full, and are not lost when the process is killed.
        values["PYTHONUNBUFFERED"] = "1"
    }

    var entries: [String] { values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }

    /// Makes it that of another user's, as login does.
    mutating func adopt(_ user: UserDatabase.User) {
        values["HOME"] = user.home
        values["USER"] = user.name
        values["LOGNAME"] = user.name
        values["SHELL"] = user.shell
    }

    mutating func set(_ more: [String: String]) { values.merge(more) { $1 } }

    /// Says who the process is; the marker is how it is found again if the keeper dies too.
    mutating func mark(_ start: WorkerStart, address: Address, runtimeDirectory: String) {
        values["POOL_WORKER"] = "\(runtimeDirectory):\(start.worker):\(start.life)"
        values["POOL_NAME"] = start.worker.pool
        values["POOL_WORKER_NUMBER"] = String(start.worker.number)
    }

    /// Tells the process where to say that it is ready and alive, where its profile listens to that.
    mutating func notify(_ spec: WorkerSpec, socket: String) {
        guard spec.ready == .notify || spec.watchdog != nil else { return }
        values["NOTIFY_SOCKET"] = socket
        if let watchdog = spec.watchdog { values["WATCHDOG_USEC"] = String(watchdog.nanoseconds / 1000) }
    }

    /// What `source venv/bin/activate` does.
    mutating func enter(venv path: String) {
        values["VIRTUAL_ENV"] = path
        values["PATH"] = "\(path)/bin:\(values["PATH"] ?? "/usr/bin:/bin")"
    }

    /// Tells the process of the socket that it gets as descriptor 3, as sd_listen_fds(3) has it.
    mutating func inheritSocket() {
        values["LISTEN_FDS"] = "1"
        values["LISTEN_FDNAMES"] = "http"
        // The child writes its own.
        values["LISTEN_PID"] = "0"
    }

    /// Reads a file of `NAME=value` lines; `#` begins a comment line, quotes around a value are taken off.
    mutating func read(_ path: String) throws(LaunchFailure) {
        let bytes: [UInt8]
        do throws(SystemError) {
            // A FIFO in the file's place must not hold the daemon up.
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            bytes = try file.contents(bytesMax: Self.fileBytesMax, name: path)
        } catch {
            throw LaunchFailure(stage: "environment file", errno: error.code, message: error.description)
        }
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            var line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("export ") { line = line.dropFirst(7) }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "="), equals != line.startIndex else {
                continue
            }
            values[String(line[..<equals])] = Self.unquoted(line[line.index(after: equals)...])
        }
    }

    private static func unquoted(_ value: Substring) -> String {
        for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
            return String(value.dropFirst().dropLast())
        }
        return String(value)
    }
}
