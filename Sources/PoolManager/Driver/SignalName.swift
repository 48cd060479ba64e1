internal import Glibc

/// Signals by their names without SIG, as profiles and commands have them.
enum SignalName {
    private static let numbers: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ABRT": SIGABRT, "KILL": SIGKILL, "USR1": SIGUSR1,
        "USR2": SIGUSR2, "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "CHLD": SIGCHLD, "CONT": SIGCONT,
        "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG, "WINCH": SIGWINCH,
        "TRAP": SIGTRAP, "SEGV": SIGSEGV, "BUS": SIGBUS, "FPE": SIGFPE, "ILL": SIGILL, "SYS": SIGSYS,
    ]

    /// Every name, in alphabetical order.
    static var names: [String] { numbers.keys.sorted() }

    /// The number of a name, or of a number; nil for what is neither.
    static func number(of name: String) -> Int32? {
        if let number = numbers[name] { return number }
        guard let number = Int32(name), (1...64).contains(number) else { return nil }
        return number
    }
}
