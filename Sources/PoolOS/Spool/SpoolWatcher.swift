internal import CPoolOS

/// Tells when spools have been written to, on a reactor, at most once in an interval.
///
/// Wake-ups cost more than lines: after the first write the watcher stays deaf for the interval, then hands over
/// whatever has come in meanwhile.
package final class SpoolWatcher {
    /// Names a watched spool.
    package struct WatchID: Hashable, Sendable {
        let number: Int32
    }

    private static let watchesPerRead = 4096

    private let reactor: Reactor
    private let interval: Duration
    private let inotify: FileDescriptor
    private var handlers: [Int32: () -> Bool] = [:]
    private var dirty: Set<Int32> = []
    private var timer: TimerID?
    private var buffer = [Int32](repeating: 0, count: SpoolWatcher.watchesPerRead)

    /// - Parameter interval: how long a line may wait.
    package init(on reactor: Reactor, interval: Duration = .milliseconds(5)) throws(SystemError) {
        self.reactor = reactor
        self.interval = interval
        inotify = FileDescriptor(adopting: try syscall("inotify_init1") { pool_inotify() })
        try listen()
    }

    private func listen() throws(SystemError) {
        try reactor.watch(inotify.raw, .readable) { [weak self] _ in self?.wake() }
    }

    /// Calls the handler after writes to the file, and once soon after the call for what is there already.
    ///
    /// - Parameter handler: reads some; returns whether there is more, and is then called again after others had a turn.
    /// - Throws: ENOSPC where the kernel's limit of watches (`fs.inotify.max_user_watches`) is reached.
    package func watch(_ path: String, _ handler: @escaping () -> Bool) throws(SystemError) -> WatchID {
        let watch = try syscall("inotify_add_watch", on: path) { pool_inotify_watch(inotify.raw, path) }
        handlers[watch] = handler
        dirty.insert(watch)
        schedule(after: .zero)
        return WatchID(number: watch)
    }

    /// Ends a watch.
    package func unwatch(_ watch: WatchID) {
        handlers[watch.number] = nil
        dirty.remove(watch.number)
        // It fails only where the file is gone, and the watch with it.
        _ = pool_inotify_unwatch(inotify.raw, watch.number)
    }

    /// Ends all of it.
    package func close() {
        if let timer { reactor.cancel(timer) }
        reactor.unwatch(inotify.raw)
        inotify.close()
        handlers = [:]
    }

    private func wake() {
        // Not by an empty interest: inotify would still wake the thread in the kernel with every write.
        reactor.unwatch(inotify.raw)
        schedule(after: interval)
    }

    private func schedule(after delay: Duration) {
        if timer != nil { return }
        timer = reactor.schedule(after: delay) { [weak self] in self?.deliver() }
    }

    private func deliver() {
        timer = nil
        collect()
        let round = dirty
        dirty = []
        for watch in round {
            if let handler = handlers[watch], handler() { dirty.insert(watch) }
        }
        if dirty.isEmpty {
            // It is watched already where the round was not begun by a write; then this fails, and nothing is missing.
            try? listen()
        } else {
            schedule(after: .zero)
        }
    }

    private func collect() {
        while true {
            var overflowed: Int32 = 0
            let count = pool_inotify_read(inotify.raw, &buffer, Int32(buffer.count), &overflowed)
            // An error here would repeat for ever; what was missed is seen with the next write.
            if count <= 0 && overflowed == 0 { return }
            if overflowed != 0 { dirty.formUnion(handlers.keys) }
            dirty.formUnion(buffer.prefix(Int(max(0, count))))
            if count < buffer.count - 64 { return }
        }
    }
}
