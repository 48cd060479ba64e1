internal import Glibc
internal import PoolAPI
internal import PoolClient
internal import PoolModel
internal import PoolOS
internal import PoolScreen
internal import PoolUI

/// The same model without a screen: for pipes, scripts and screen readers.
struct PlainOutput {
    let feed: DaemonFeed
    var model: DashboardModel
    /// How long a daemon is waited for where one answer is all that is wanted.
    private static let answerMax = Duration.seconds(5)

    /// Prints the state as text, JSON or a screen, once.
    mutating func printOnce(_ mode: Options.Mode) -> Int32 {
        _ = wait(until: MonotonicClock.now + PlainOutput.answerMax) { model in
            // A daemon that is not there is not waited for: a script wants to know at once.
            model.state == nil ? model.link.reason != nil : model.daemon != nil
        }
        guard model.state != nil else {
            Host.print(
                "pooltop: \(model.link.reason ?? "no answer") \(model.link.remedy.map { "(\($0))" } ?? "")\n",
                to: STDERR_FILENO
            )
            return ExitCode.noDaemon.rawValue
        }
        if let refusal = PlainText.refusal(model) {
            Host.print("pooltop: \(refusal)\n", to: STDERR_FILENO)
            return ExitCode.unknownOrDenied.rawValue
        }
        if case .snapshot(let size) = mode {
            // The first events and log lines come a moment after the state.
            _ = wait(until: MonotonicClock.now + .milliseconds(400), for: { _ in false })
            _ = update(&model, .resized(size))
            Host.print(view(model).text)
        } else if mode == .json {
            guard let bytes = try? JSONCoding.encode(model.state, pretty: isatty(STDOUT_FILENO) == 1) else { return 1 }
            Host.print(String(decoding: bytes, as: UTF8.self) + "\n")
        } else {
            Host.print(PlainText.state(model))
        }
        return 0
    }

    /// Prints a line for each change until the reader or the user ends it.
    mutating func follow() -> Int32 {
        var told = PlainText.Told()
        while true {
            _ = wait(
                until: MonotonicClock.now + .microseconds(Int64(1_000_000 / model.settings.rate)),
                for: { _ in false }
            )
            for line in told.changes(model) where !Host.print(line + "\n") { return 0 }
        }
    }

    /// Takes news until the condition holds; false where time is over first.
    private mutating func wait(until deadline: Duration, for isDone: (DashboardModel) -> Bool) -> Bool {
        while true {
            let now = MonotonicClock.now
            var messages: [Message] = [.clock(now: WallClock.now, uptime: now)]
            messages += feed.step(now: now, wall: WallClock.now)
            for message in messages {
                for effect in update(&model, message) {
                    switch effect {
                    case .follow(let pool, let lives): feed.follow(pool: pool, lives: lives)
                    case .ask(let question): feed.ask(question, now: now)
                    case .quit, .suspend, .redraw, .reconnect, .perform, .copy, .page, .setMouse, .setRate, .setTheme,
                        .saveSettings,
                        .continueSearch:
                        break
                    }
                }
            }
            if isDone(model) { return true }
            guard now < deadline else { return false }
            var entries = feed.descriptors.map {
                pollfd(fd: $0.descriptor, events: Int16(POLLIN | ($0.isForWriting ? POLLOUT : 0)), revents: 0)
            }
            let due = min(deadline, feed.deadline)
            poll(&entries, nfds_t(entries.count), Int32(clamping: max(0, (due - now).millisecondsRoundedUp)))
        }
    }
}
