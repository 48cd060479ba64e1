package import PoolModel

/// `GET /v1/workers/{worker}/detail`: what is looked up for one worker only when somebody asks.
package struct WorkerDetail: Hashable, Sendable, Codable {
    package var worker: WorkerID
    /// The process that this is about: one more for every start.
    package var life: Life
    /// The worker's process first, each of its descendants below its parent; at most ``processesMax``.
    package var processes: [WorkerProcess]
    /// The environment of the worker's process, by name; empty where there is none, or we may not look.
    package var environment: [EnvironmentEntry]
    /// Answers of the last minute by how long they took, the fastest first; only bands that hold any.
    package var latency: [LatencyBand]

    /// Processes of one answer. Beyond: the others are left out.
    package static let processesMax = 64
    /// Variables of one answer. Beyond: the others are left out.
    package static let environmentMax = 256

    package init(
        worker: WorkerID,
        life: Life,
        processes: [WorkerProcess] = [],
        environment: [EnvironmentEntry] = [],
        latency: [LatencyBand] = []
    ) {
        self.worker = worker
        self.life = life
        self.processes = processes
        self.environment = environment
        self.latency = latency
    }
}

/// One process of a worker's tree.
package struct WorkerProcess: Hashable, Sendable, Codable {
    package var pid: Int32
    /// How far below the worker's own process, which is 0.
    package var depth: Int
    /// Its name as the kernel has it, at most 15 bytes; never its arguments, which may hold secrets.
    package var name: String
    /// R, S, D, Z … as in ps(1).
    package var state: String
    package var rssBytes: UInt64
    package var cpuSeconds: Double
    package var threads: Int
    /// What it is to gunicorn, where it is one of gunicorn's.
    package var gunicorn: GunicornProcess?

    package init(
        pid: Int32,
        depth: Int,
        name: String,
        state: String,
        rssBytes: UInt64,
        cpuSeconds: Double,
        threads: Int,
        gunicorn: GunicornProcess? = nil
    ) {
        self.pid = pid
        self.depth = depth
        self.name = name
        self.state = state
        self.rssBytes = rssBytes
        self.cpuSeconds = cpuSeconds
        self.threads = threads
        self.gunicorn = gunicorn
    }
}

/// A process of gunicorn's: the kernel knows what it is by the heartbeat files that it holds.
package struct GunicornProcess: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case master
        /// A worker that has not yet given a sign of life: it loads the application.
        case booting
        case worker
    }

    package var role: Role
    /// Seconds since the last sign of life of a worker that has booted. gunicorn ends it when they reach `--timeout`.
    package var heartbeatSeconds: Double?

    package init(role: Role, heartbeatSeconds: Double? = nil) {
        self.role = role
        self.heartbeatSeconds = heartbeatSeconds
    }

    /// For people: `worker, heartbeat 0.4 s ago`.
    package var summary: String {
        let seconds = heartbeatSeconds.map { Int(max(0, min($0, 1e9)) * 10) }
        return role.rawValue + (seconds.map { ", heartbeat \($0 / 10).\($0 % 10) s ago" } ?? "")
    }
}

/// A variable of a worker's environment.
package struct EnvironmentEntry: Hashable, Sendable, Codable {
    package var name: String
    /// ``ProfileReply/hidden`` unless it is one that holds no secret: the login's, the locale's and Pool's own.
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Answers that took about equally long.
package struct LatencyBand: Hashable, Sendable, Codable {
    /// Less than this took all of them, and as long or longer those of the bands behind; 1.024 ms times or divided by powers
    /// of two, and three steps between each two of them.
    package var belowMilliseconds: Double
    package var count: UInt64

    package init(belowMilliseconds: Double, count: UInt64) {
        self.belowMilliseconds = belowMilliseconds
        self.count = count
    }

    /// Folds the counters of ``LatencyBuckets`` into bands, four to each doubling; those that count nothing are left out.
    package static func fold(_ counts: [UInt64]) -> [LatencyBand] {
        let width = LatencyBuckets.perOctave / 4
        return stride(from: 0, to: counts.count, by: width).compactMap { first in
            let sum = counts[first..<min(first + width, counts.count)].reduce(0, &+)
            let limit = Double(LatencyBuckets.lowerBound(first + width))
            return sum > 0 ? LatencyBand(belowMilliseconds: limit / 1000, count: sum) : nil
        }
    }
}
