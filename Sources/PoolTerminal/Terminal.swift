internal import CNcurses
internal import CTerminal
internal import Glibc
package import PoolScreen

/// The terminal as a full screen, through ncurses: the only code that talks to it.
///
/// ncurses writes into a memory file; what it wrote goes to the terminal in one non-blocking write a frame, between the
/// marks of a synchronized update. State: everything here, written by the one thread that made it; the signal handler of
/// a crash has its own copy (CTerminal).
package final class Terminal {
    package struct Options: Sendable {
        /// nil is what the terminal says it can.
        package var depth: ColorDepth?
        package var theme = Theme.auto
        package var hasMouse = true

        package init() {}
    }

    /// Whether characters beyond ASCII can be shown.
    package let isUTF8: Bool
    package private(set) var size: Size
    private let frame: Int32
    private var output: OutputQueue
    private var decoder: KeyDecoder
    private var palette: Palette
    private let depth: ColorDepth
    private let isXtermLike: Bool
    private var hasMouse: Bool
    /// What ncurses has been told to show.
    private var shown: Screen
    private var line: [cchar_t] = []
    private var isOpen = true

    /// Takes the terminal over. What it was is restored by ``close()``, and by the crash guard.
    package init(_ options: Options) throws(TerminalError) {
        isUTF8 = Locale.adopt()
        let type = try Terminal.checkType()
        isXtermLike = !["linux", "vt", "ansi", "cons"].contains { type.hasPrefix($0) }
        hasMouse = options.hasMouse
        frame = ct_memory_file()
        let path = ttyname(1).map { String(cString: $0) } ?? "/dev/tty"
        let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard frame >= 0, descriptor >= 0, ct_guard_arm(0, Terminal.restoring(isXtermLike)) == 0 else {
            throw .failed("cannot open the terminal \(path): \(String(cString: strerror(errno)))")
        }
        output = OutputQueue(descriptor: descriptor)
        // ncurses reads nothing: keys are decoded here, so that nothing it does on its own gets in between.
        guard let writing = fdopen(dup(frame), "w"), let reading = fopen("/dev/null", "r"),
            newterm(nil, writing, reading) != nil
        else {
            ct_guard_disarm()
            throw .unknownType(type)
        }
        depth = Terminal.startColors(options.depth)
        palette = Palette(theme: options.theme, depth: depth)
        decoder = KeyDecoder(sequences: TerminalKeys.sequences())
        size = Terminal.measure()
        shown = Screen(size: size)
        idcok(cn_stdscr(), false)
        leaveok(cn_stdscr(), false)
        // Else ncurses leaves a frame half drawn while its input, which is never empty here, has something to read.
        typeahead(-1)
        enter()
    }

    /// The bytes that undo full-screen mode, for the crash guard: at most 256.
    private static func restoring(_ isXtermLike: Bool) -> String {
        isXtermLike
            ? "\u{1B}[?2026l\u{1B}[?1006l\u{1B}[?1000l\u{1B}[?2004l\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l\r\n"
            : "\u{1B}[0m\u{1B}[?25h\r\n"
    }

    /// `initscr` ends the program on a terminal type that it does not know: ask first.
    private static func checkType() throws(TerminalError) -> String {
        guard isatty(0) == 1, isatty(1) == 1 else { throw .notATerminal }
        let type = getenv("TERM").map { String(cString: $0) } ?? ""
        var status: Int32 = 0
        guard setupterm(nil, 1, &status) == OK, status == 1 else { throw .unknownType(type) }
        guard cn_capability("cup") != nil else { throw .dumb(type) }
        return type
    }

    /// COLORS is 0 until `start_color` has run.
    private static func startColors(_ wanted: ColorDepth?) -> ColorDepth {
        if wanted == .never { return .never }
        guard has_colors() else { return .never }
        start_color()
        use_default_colors()
        let able = ColorDepth(colors: Int(cn_colors()))
        guard let wanted else { return able }
        let order = ColorDepth.allCases
        let index = min(order.firstIndex(of: wanted) ?? 0, order.firstIndex(of: able) ?? 0)
        return order[index]
    }

    private static func measure() -> Size {
        var window = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: min(Int(window.ws_col), 1000), rows: min(Int(window.ws_row), 500))
    }

    // MARK: taking and leaving the screen

    /// Raw mode and everything drawn anew; also after the terminal was somebody else's.
    private func enter() {
        var settings = termios()
        tcgetattr(0, &settings)
        cfmakeraw(&settings)
        tcsetattr(0, TCSANOW, &settings)
        adoptSize()
        if isXtermLike { output.append(modes(on: true).utf8) }
    }

    private func modes(on: Bool) -> String {
        let letter = on ? "h" : "l"
        return "\u{1B}[?2004\(letter)" + (hasMouse || !on ? "\u{1B}[?1000\(letter)\u{1B}[?1006\(letter)" : "")
    }

    /// Leaves full-screen mode: what was on the terminal before is there again.
    private func leave() {
        output.discard()
        if isXtermLike { output.append(modes(on: false).utf8) }
        curs_set(1)
        endwin()
        collectFrame()
        output.drain(milliseconds: 400)
        ct_guard_cook()
    }

    /// Gives the terminal back. A terminal that takes nothing is waited for less than half a second.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        leave()
        ct_guard_disarm()
        Glibc.close(frame)
    }

    /// ^Z: stops the program as the shell expects, and takes the screen again when it goes on.
    package func suspend() { lend { ct_stop() } }

    /// Lends the terminal to something else, a pager say, and takes it again afterwards.
    package func lend(_ body: () -> Void) {
        leave()
        body()
        enter()
    }

    // MARK: output

    /// Takes the window's size over and draws everything anew: with SIGWINCH on a descriptor ncurses never sees it.
    package func adoptSize() {
        size = Terminal.measure()
        resizeterm(Int32(size.rows), Int32(size.columns))
        redraw()
    }

    /// The next frame is drawn as if nothing were on the screen.
    package func redraw() {
        shown = Screen(size: size)
        werase(cn_stdscr())
        clearok(cn_stdscr(), true)
    }

    /// Whether the terminal has not taken the last frame yet: poll ``outputDescriptor`` for writing, draw nothing.
    package var hasBacklog: Bool { !output.isEmpty }
    package var outputDescriptor: Int32 { output.descriptor }

    /// Sends more of a frame that the terminal did not take at once; false where the terminal is gone.
    package func drain() -> Bool { output.drain() }

    /// Shows a screen of the terminal's size; nothing is written where nothing differs. False where the terminal is gone.
    package func present(_ screen: Screen) -> Bool {
        guard screen.size == size, output.isEmpty else { return output.drain() }
        screen.difference(from: shown) { send($0, of: screen) }
        let cursor = screen.cursor ?? Point(x: 0, y: size.rows - 1)
        wmove(cn_stdscr(), Int32(cursor.y), Int32(min(max(0, cursor.x), size.columns - 1)))
        if screen.isCursorVisible != shown.isCursorVisible { curs_set(screen.isCursorVisible ? 1 : 0) }
        shown = screen
        wnoutrefresh(cn_stdscr())
        doupdate()
        collectFrame()
        return output.drain()
    }

    /// Copies to the clipboard of the terminal, where it allows that (OSC 52).
    package func copy(_ base64: String) {
        if isXtermLike { output.append("\u{1B}]52;c;\(base64)\u{07}".utf8) }
    }

    /// Shows the roles otherwise from the next frame on.
    package func setTheme(_ theme: Theme) {
        palette = Palette(theme: theme, depth: depth)
        redraw()
    }

    package func setMouse(_ isOn: Bool) {
        hasMouse = isOn
        guard isXtermLike else { return }
        output.append((isOn ? "\u{1B}[?1000h\u{1B}[?1006h" : "\u{1B}[?1006l\u{1B}[?1000l").utf8)
    }

    /// Takes what ncurses wrote and empties its file.
    private func collectFrame() {
        let count = Int(lseek(frame, 0, SEEK_CUR))
        guard count > 0 else { return }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(frame, buffer.baseAddress, count, 0))
        }
        lseek(frame, 0, SEEK_SET)
        ftruncate(frame, 0)
        if isXtermLike { output.append("\u{1B}[?2026h".utf8) }
        output.append(bytes)
        if isXtermLike { output.append("\u{1B}[?2026l".utf8) }
    }

    private func send(_ run: Run, of screen: Screen) {
        if line.count <= run.count { line = Array(repeating: cchar_t(), count: max(256, run.count + 1)) }
        var count = 0
        for x in run.x..<run.x + run.count {
            let cell = screen[x, run.y]
            // ncurses moves on by the glyph's width itself.
            if cell.isTail { continue }
            var attributes = palette.attributes[Int(cell.role)]
            if cell.flags.contains(.stale) { attributes |= cn_dim }
            if cell.flags.contains(.underlined) { attributes |= cn_underline }
            let isWide = x + 1 < size.columns && screen[x + 1, run.y].isTail
            let character = wchar_t(bitPattern: drawable(cell.scalar, isWide: isWide))
            _ = cn_cell(&line[count], character, attributes, palette.pairs[Int(cell.role)])
            if cell.marks != 0 { add(marksOf: cell, to: &line[count], character, attributes) }
            count += 1
            if isWide, character < 0x80 {
                _ = cn_cell(&line[count], 0x20, attributes, palette.pairs[Int(cell.role)])
                count += 1
            }
        }
        mvwadd_wchnstr(cn_stdscr(), Int32(run.y), Int32(run.x), line, Int32(count))
    }

    /// The cell with its marks, those that libc too holds to be without width.
    private func add(marksOf cell: Cell, to out: inout cchar_t, _ character: wchar_t, _ attributes: attr_t) {
        guard isUTF8 else { return }
        var text = [character]
        for mark in cell.markScalars where cn_width(mark.value) == 0 { text.append(wchar_t(bitPattern: mark.value)) }
        _ = cn_cluster(&out, text + [0], attributes, palette.pairs[Int(cell.role)])
    }

    /// What ncurses may be given: where libc holds another width for a character, or the locale has none, a mark.
    private func drawable(_ scalar: UInt32, isWide: Bool) -> UInt32 {
        if scalar < 0x80 { return scalar }
        guard isUTF8, cn_width(scalar) == (isWide ? 2 : 1) else { return 0x3F }
        return scalar
    }

    // MARK: input

    package var inputDescriptor: Int32 { 0 }
    /// Whether an ESC may still become a sequence: call ``finishKeys()`` when nothing came for 25 ms.
    package var isWaitingForKey: Bool { decoder.isWaiting }

    /// The keys that have come; nil where the terminal is gone.
    package func readKeys() -> [Key]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { read(0, $0.baseAddress, $0.count) }
        if count > 0 { return decoder.decode(buffer[..<count]) }
        return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
    }

    package func finishKeys() -> [Key] { decoder.flush() }
}
