package import PoolModel
package import PoolScreen

/// A worker's three axes in one word, a glyph and a meaning.
package struct WorkerLabel: Hashable, Sendable {
    package enum Mark: Hashable, Sendable {
        case good, waiting, partly, warning, failed, off

        /// The worse, the higher.
        var severity: Int {
            switch self {
            case .failed: 5
            case .warning: 4
            case .partly: 3
            case .waiting: 2
            case .off: 1
            case .good: 0
            }
        }
    }

    /// At most five columns, for narrow tables.
    package var short: String
    package var long: String
    package var mark: Mark
    package var role: Role

    /// The worst axis speaks: the process first, then what people said, then the probes.
    package init(_ status: WorkerStatus) {
        switch status.state {
        case .stopped: self.init("stop", "stopped", .off, .dim)
        case .starting: self.init("start", "starting", .waiting, .info)
        case .backoff: self.init("BKOFF", "backoff", .failed, .bad)
        case .stopping: self.init("stopg", "stopping", .partly, .warn)
        case .exited: self.init("exit", "exited", .off, .dim)
        case .fatal: self.init("FATAL", "FATAL", .failed, .bad)
        case .running: self = WorkerLabel(running: status)
        }
    }

    private init(running status: WorkerStatus) {
        switch (status.admin, status.health) {
        case (.drain, _): self.init("drain", "draining", .partly, .warn)
        case (.maintenance, _): self.init("maint", "maintenance", .partly, .warn)
        case (.ready, .unhealthy): self.init("UNHLT", "UNHEALTHY", .warning, .bad)
        case (.ready, .unknown): self.init("check", "checking", .waiting, .info)
        case (.ready, .healthy):
            if status.ejectedUntil == nil {
                self.init("ready", "ready", .good, .ok)
            } else {
                self.init("eject", "ejected", .warning, .warn)
            }
        }
    }

    private init(_ short: String, _ long: String, _ mark: Mark, _ role: Role) {
        self.short = short
        self.long = long
        self.mark = mark
        self.role = role
    }

    package func glyph(_ glyphs: Glyphs) -> String {
        switch mark {
        case .good: glyphs.good
        case .waiting: glyphs.waiting
        case .partly: glyphs.partly
        case .warning: glyphs.warning
        case .failed: glyphs.failed
        case .off: glyphs.off
        }
    }
}
