/// Why there is no full screen, in words that say what to do.
package enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    case notATerminal
    case unknownType(String)
    /// It cannot move its cursor.
    case dumb(String)
    case failed(String)

    package var description: String {
        switch self {
        case .notATerminal: "standard input and output must be a terminal; --plain and --once need none"
        case .unknownType(let type):
            "terminal type \"\(type)\" (TERM) is unknown here; install ncurses-term, or set TERM=xterm-256color"
        case .dumb(let type): "terminal type \"\(type)\" cannot move the cursor; use --plain"
        case .failed(let what): what
        }
    }
}
