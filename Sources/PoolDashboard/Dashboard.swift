internal import CPoolOS
internal import Glibc
internal import PoolAPI
internal import PoolClient
internal import PoolModel
internal import PoolOS
internal import PoolScreen
package import PoolTerminal
package import PoolUI

/// The loop: keys, signals and the daemon's news become messages, the model becomes a screen.
///
/// One thread, one poll(2). State: the model, the terminal, the feed; nothing else writes them. Input is painted at once,
/// news at most `rate` times a second; while the terminal takes nothing, nothing is drawn.
package final class Dashboard {
    private var model: DashboardModel
    private let options: Options
    private let terminal: Terminal
    private let feed: DaemonFeed
    private let signals: Int32
    private let startedAt = MonotonicClock.now
    private var isDirty = true
    private var isUrgent = true
    private var paintedAt = Duration.zero
    private var tickedAt = Duration.zero
    private var hasMoreToSearch = false
    private var exitCode: Int32?

    package init(model: DashboardModel, terminal: Terminal, feed: DaemonFeed, options: Options) {
        self.options = options
        self.model = model
        self.terminal = terminal
        self.feed = feed
        signals = pool_signalfd([SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGTSTP], 5)
    }

    /// Runs until the user leaves or the terminal is gone.
    ///
    /// - Returns: The status to exit with.
    package func run() -> Int32 {
        defer {
            terminal.close()
            Glibc.close(signals)
        }
        while exitCode == nil {
            take([.clock(now: WallClock.now, uptime: uptime)], isNews: false)
            take(feed.step(now: uptime, wall: WallClock.now))
            if hasMoreToSearch {
                hasMoreToSearch = false
                take([.continueSearch])
                // What a search finds is an answer to a key: it does not wait for the next frame's turn.
                isUrgent = true
            }
            paint()
            wait()
        }
        return exitCode ?? 0
    }

    private var uptime: Duration { MonotonicClock.now - startedAt }

    // MARK: messages and effects

    private func take(_ messages: [Message], isNews: Bool = true) {
        for message in messages {
            for effect in update(&model, message) { run(effect) }
            if isNews { isDirty = true }
            switch message {
            // A connection that came or went, and the first figures after it, do not wait for the next frame's turn.
            case .link, .state: isUrgent = true
            default: break
            }
        }
    }

    private func run(_ effect: Effect) {
        switch effect {
        case .quit: exitCode = 0
        case .suspend: suspend()
        case .redraw: terminal.redraw()
        case .reconnect: feed.reconnect()
        case .perform(let deed): take(feed.perform(deed, key: Dashboard.newKey(), now: uptime))
        case .follow(let pool, let lives): feed.follow(pool: pool, lives: lives)
        case .ask(let question): feed.ask(question, now: uptime)
        case .copy(let text): terminal.copy(Base64.encode(Array(text.utf8)))
        case .page(let text): page(text)
        case .setMouse(let isOn): terminal.setMouse(isOn)
        case .setRate: break
        case .setTheme(let name): terminal.setTheme(Theme(rawValue: name) ?? .auto)
        case .saveSettings: saveSettings()
        case .continueSearch: hasMoreToSearch = true
        }
    }

    /// Writes what holds now as settings: asked for by hand, and answered where it was asked.
    private func saveSettings() {
        var options = self.options
        options.theme = Theme(rawValue: model.settings.theme) ?? .auto
        options.rate = model.settings.rate
        options.hasMouse = model.settings.hasMouse
        options.look = model.presentLook
        let path = options.config ?? SettingsStore.defaultPath
        let failure =
            path.map { SettingsStore.write(SettingsFile.text(options, keys: model.keys), to: $0) } ?? "no HOME"
        let text = failure.map { "settings not written: \($0)" } ?? "settings written to \(path ?? "")"
        model.notice = Notice(text, failure == nil ? .ok : .bad, until: model.uptime + Notice.shownFor)
        isDirty = true
    }

    private func suspend() {
        terminal.suspend()
        // The window may have changed meanwhile.
        take([.resized(terminal.size)])
        isUrgent = true
    }

    private func page(_ text: String) {
        var failure: String?
        terminal.lend { failure = Pager.show(text) }
        if let failure { model.notice = Notice(failure, .bad, until: model.uptime + Notice.shownFor) }
        take([.resized(terminal.size)])
    }

    /// What makes a request that is received twice one request.
    private static func newKey() -> IdempotencyKey? {
        var generator = SystemRandomNumberGenerator()
        return IdempotencyKey("pooltop-\(String(generator.next(), radix: 16))\(String(generator.next(), radix: 16))")
    }

    // MARK: painting

    private func paint() {
        let now = uptime
        guard !terminal.hasBacklog else { return }
        // Ages and the clock go on though nothing was heard.
        if now - tickedAt >= .seconds(1) { isDirty = true }
        guard isDirty, isUrgent || now >= nextPaint else { return }
        tickedAt = now
        paintedAt = now
        isDirty = false
        isUrgent = false
        if !terminal.present(view(model)) { exitCode = 1 }
    }

    private var nextPaint: Duration { paintedAt + .microseconds(Int64(1_000_000 / model.settings.rate)) }

    // MARK: waiting

    private func wait() {
        guard exitCode == nil else { return }
        var entries = [
            pollfd(fd: terminal.inputDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: terminal.hasBacklog ? terminal.outputDescriptor : -1, events: Int16(POLLOUT), revents: 0),
        ]
        for (descriptor, isForWriting) in feed.descriptors {
            let events = POLLIN | (isForWriting ? POLLOUT : 0)
            entries.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
        }
        let count = poll(&entries, nfds_t(entries.count), timeout())
        if count == 0, terminal.isWaitingForKey { press(terminal.finishKeys()) }
        guard count > 0 else { return }
        if entries[1].revents != 0 { takeSignals() }
        if entries[2].revents != 0, !terminal.drain() { exitCode = 1 }
        if entries[0].revents != 0 {
            guard let keys = terminal.readKeys() else {
                // The terminal is gone, whether or not SIGHUP is ignored.
                exitCode = exitCode ?? 1
                return
            }
            press(keys)
        }
    }

    private func press(_ keys: [Key]) {
        take(keys.map { .key($0) })
        isUrgent = isUrgent || !keys.isEmpty
    }

    /// Milliseconds until something is due though nothing comes.
    private func timeout() -> Int32 {
        if hasMoreToSearch { return 0 }
        if terminal.isWaitingForKey { return 25 }
        let now = uptime
        var due = tickedAt + .seconds(1)
        if isDirty { due = min(due, nextPaint) }
        if terminal.hasBacklog { due = now + .seconds(5) }
        due = min(due, feed.deadline)
        return Int32(clamping: max(0, (due - now).millisecondsRoundedUp))
    }

    private func takeSignals() {
        while true {
            let signal = pool_next_signal(signals)
            switch signal {
            case SIGWINCH:
                terminal.adoptSize()
                take([.resized(terminal.size)])
                isUrgent = true
            case SIGTSTP: suspend()
            case SIGTERM, SIGINT, SIGHUP:
                exitCode = 128 + signal
                return
            default: return
            }
        }
    }
}
