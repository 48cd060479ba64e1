internal import Glibc

/// The user's pager on a text.
enum Pager {
    /// Runs `$PAGER` (else `less`) and waits for it; nil, or why it could not be run. The text travels through a file
    /// without a name, so that neither waits for the other.
    static func show(_ text: String) -> String? {
        var name = Array("/tmp/pooltop-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        guard file >= 0 else { return "cannot write a file in /tmp: \(String(cString: strerror(errno)))" }
        unlink(name)
        defer { close(file) }
        Host.print(text, to: file)
        lseek(file, 0, SEEK_SET)
        return run(input: file)
    }

    private static func run(input: Int32) -> String? {
        let pager = Host.environment("PAGER") ?? "less -R"
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        // The signals that this program reads from a descriptor are blocked here, and must not be there.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let words: [String] = ["sh", "-c", pager]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, environ)
        guard status == 0 else { return "cannot run \(pager): \(String(cString: strerror(status)))" }
        var result: Int32 = 0
        while waitpid(pid, &result, 0) < 0, errno == EINTR {}
        return result == 0 ? nil : "\(pager) ended with an error"
    }
}
