/// How many colours the terminal is to be given.
package enum ColorDepth: String, Hashable, Sendable, CaseIterable {
    /// Attributes alone: bold, reverse, underline.
    case never
    case ansi8 = "8"
    case ansi16 = "16"
    case palette256 = "256"
    /// 24 bits; ncurses needs a terminfo entry that says so (`xterm-direct`).
    case direct

    init(colors: Int) {
        self =
            colors < 8 ? .never : colors < 16 ? .ansi8 : colors < 256 ? .ansi16 : colors <= 256 ? .palette256 : .direct
    }
}
