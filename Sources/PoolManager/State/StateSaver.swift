internal import PoolAPI
internal import PoolOS

/// Writes the state file on a thread of its own: a disk may take its time, and nobody else waits for it.
actor StateSaver {
    private nonisolated let thread: Reactor
    private let file: StateFile
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(file: StateFile) throws(SystemError) {
        self.file = file
        thread = try Reactor.start(name: "poold-state")
    }

    /// Writes the state; calls back with what went wrong.
    ///
    /// Saves are done in the order in which they were asked for: each begins when the one before has called back.
    nonisolated func save(_ state: DaemonState, completion: @escaping @Sendable (String?) -> Void) {
        // Not structured: whoever asks does not wait. The callback is the end of it.
        Task { completion(await write(state)) }
    }

    private func write(_ state: DaemonState) -> String? {
        do {
            try file.write(try JSONCoding.encode(state))
            return nil
        } catch {
            return "\(error)"
        }
    }

    nonisolated func stop() { thread.stop() }
}
