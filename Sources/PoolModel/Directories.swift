/// Where a daemon's sockets and its state are; the same rule for all three programs.
package struct Directories: Hashable, Sendable {
    /// Sockets and the lock: gone after a boot.
    package var runtime: String
    /// State file, logs, spools.
    package var state: String

    package init(runtime: String, state: String) {
        self.runtime = runtime
        self.state = state
    }

    /// The directories of a user: options win over `POOL_RUNTIME_DIR` and `POOL_STATE_DIR`, these over the defaults.
    ///
    /// | | runtime | state |
    /// |---|---|---|
    /// | root | `/run/pool` | `/var/lib/pool` |
    /// | others | `$XDG_RUNTIME_DIR/pool`, else `/tmp/pool-UID` | `$XDG_STATE_HOME/pool`, else `~/.local/state/pool` |
    package init(
        runtime: String? = nil,
        state: String? = nil,
        environment: [String: String],
        userID: UInt32
    ) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        /// XDG: paths that are not absolute are to be ignored.
        func path(_ name: String) -> String? { value(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let home = path("HOME").map { "\($0)/.local/state/pool" } ?? "/tmp/pool-\(userID)/state"
        self.runtime =
            runtime ?? value("POOL_RUNTIME_DIR")
            ?? (userID == 0 ? "/run/pool" : path("XDG_RUNTIME_DIR").map { "\($0)/pool" } ?? "/tmp/pool-\(userID)")
        self.state =
            state ?? value("POOL_STATE_DIR")
            ?? (userID == 0 ? "/var/lib/pool" : path("XDG_STATE_HOME").map { "\($0)/pool" } ?? home)
    }

    package var controlSocket: String { "\(runtime)/control.sock" }
    package var probeSocket: String { "\(runtime)/probe.sock" }
    package var notifySocket: String { "\(runtime)/notify.sock" }
    package var lock: String { "\(runtime)/poold.lock" }
    /// The keeper's record of its living children, for a keeper after it.
    package var children: String { "\(runtime)/poold.children" }
    package var stateFile: String { "\(state)/state.json" }
}
