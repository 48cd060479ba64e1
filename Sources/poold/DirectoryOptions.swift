internal import ArgumentParser
internal import Glibc
internal import PoolManager
internal import PoolModel

/// Where the daemon's sockets and its state are; the same options as those of poolctl and pooltop.
struct DirectoryOptions: ParsableArguments {
    @Option(help: "Where the sockets are (default: /run/pool, or $XDG_RUNTIME_DIR/pool; POOL_RUNTIME_DIR).")
    var runtimeDir: String?
    @Option(help: "Where state and logs are (default: /var/lib/pool, or ~/.local/state/pool; POOL_STATE_DIR).")
    var stateDir: String?

    var directories: Directories {
        let found = Directories(
            runtime: runtimeDir,
            state: stateDir,
            environment: ManagerProcess.environment,
            userID: geteuid()
        )
        return Directories(runtime: absolute(found.runtime), state: absolute(found.state))
    }
}

/// The path below the working directory where it is not absolute already.
func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let current = getcwd(nil, 0) else { return path }
    defer { free(current) }
    let base = String(cString: current)
    return "\(base == "/" ? "" : base)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
}

/// Ends the process with a text on stderr.
func stop(_ text: String, code: Int32) -> Never {
    let bytes = Array((text + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(code)
}
