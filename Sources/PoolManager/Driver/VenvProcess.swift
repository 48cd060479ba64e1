internal import Glibc
internal import PoolModel
internal import PoolOS

/// What a worker with `[worker.venv]` begins as: it sees that the environment is there, then becomes the worker.
///
/// The same process, so that its output is the worker's log, its identity and limits are the worker's, and whatever
/// stops the worker stops this. Workers that start together take turns by a lock on a file beside the environment.
package enum VenvProcess {
    /// The exit status where the environment cannot be made: EX_CONFIG.
    static let failed: Int32 = 78
    /// In the environment's directory: what it was made of.
    private static let stamp = ".pool-packages"
    /// Likewise: which interpreter made it.
    private static let pythonStamp = ".pool-python"

    /// The command line: `poold venv --path P --python X --seconds 300 --packages 2 gunicorn aiohttp gunicorn app:app`.
    static func words(_ venv: VenvSpec, path: String, command: [String]) -> [String] {
        let seconds = max(1, venv.timeout.nanoseconds / 1_000_000_000)
        return ["poold", "venv", "--path", path, "--python", venv.python, "--seconds", "\(seconds)"]
            + ["--packages", "\(venv.packages.count)"] + venv.packages + command
    }

    /// Returns only where the worker could not be started: its exit status.
    package static func run(path: String, python: String, seconds: Int32, words: [String], packages count: Int) -> Int32
    {
        let packages = Array(words.prefix(count))
        let command = Array(words.dropFirst(count))
        guard packages.count == count, !command.isEmpty else { return fail("its command line is not whole") }
        let deadline = MonotonicClock.now + .seconds(Int64(seconds))
        let wanted = ([python] + packages).joined(separator: "\n") + "\n"
        do throws(SystemError) {
            // Held until exec closes it; a holder is itself bounded by the same deadline.
            let lock = try FileDescriptor.open("\(path).lock", O_RDWR | O_CREAT, mode: 0o600)
            try syscall("flock", on: "\(path).lock") { flock(lock.raw, LOCK_EX) }
            if contents("\(path)/\(stamp)") != wanted {
                if let failure = make(path, python, packages, deadline) { return fail(failure) }
                try write(wanted, to: "\(path)/\(stamp)")
                say("made \(path) with \(packages.joined(separator: " "))")
            }
        } catch {
            return fail("\(error)")
        }
        return become(command)
    }

    // MARK: - Making it

    /// nil, or what went wrong; what the programs themselves say of it stands above, in the worker's log.
    private static func make(_ path: String, _ python: String, _ packages: [String], _ deadline: Duration) -> String? {
        say("making \(path) with \(packages.joined(separator: " "))")
        // Whole by itself: what is tried again after a failure is only what failed.
        if contents("\(path)/\(pythonStamp)") != python {
            if let failure = step([python, "-m", "venv", path], deadline) { return failure }
            do throws(SystemError) {
                try write(python, to: "\(path)/\(pythonStamp)")
            } catch {
                return "\(error)"
            }
        }
        let pip = [
            "\(path)/bin/python", "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet",
        ]
        return step(pip + ["--"] + packages, deadline)
    }

    private static func step(_ arguments: [String], _ deadline: Duration) -> String? {
        var request = SpawnRequest(
            executable: arguments[0],
            arguments: arguments,
            environment: ProcessEnvironment.entries
        )
        // What ends this process's group ends it too.
        request.session = .inherited
        let shown = arguments.joined(separator: " ")
        do throws(SpawnFailure) {
            let output = [1, 2].map { SpawnDescriptor(FileDescriptor(adopting: fcntl($0, F_DUPFD_CLOEXEC, 3)), as: $0) }
            let child = try ProcessSpawner.spawn(request, descriptors: output)
            let left = (deadline - MonotonicClock.now).nanoseconds / 1_000_000_000
            let hasEnded = child.pidfd.waitReadable(seconds: Int32(clamping: max(0, left)))
            if !hasEnded { kill(child.pid, SIGKILL) }
            var status: Int32 = 0
            while waitpid(child.pid, &status, 0) == -1, errno == EINTR {}
            if !hasEnded { return "\(shown) took too long; [worker.venv] timeout is how long it may take" }
            if status == 0 { return nil }
            return status & 0x7f == 0
                ? "\(shown) failed with status \(status >> 8 & 0xff)" : "\(shown) was ended by signal \(status & 0x7f)"
        } catch {
            return "\(shown) cannot be started: \(error)"
        }
    }

    private static func contents(_ path: String) -> String? {
        guard let file = try? FileDescriptor.open(path, O_RDONLY),
            let bytes = try? file.contents(bytesMax: 64 << 10)
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whole or not at all.
    private static func write(_ text: String, to path: String) throws(SystemError) {
        let file = try FileDescriptor.open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC)
        try file.writeAll(Array(text.utf8), name: path)
        try syscall("rename", on: path) { rename("\(path).new", path) }
    }

    // MARK: - The worker

    private static func become(_ command: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        execvp(command[0], &arguments)
        say("cannot run \(command[0]): \(String(cString: strerror(errno)))")
        return 127
    }

    private static func fail(_ reason: String) -> Int32 {
        say(reason)
        return failed
    }

    private static func say(_ text: String) {
        let line = "venv: \(text)\n"
        _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
    }
}
