package import PoolModel

extension PoolMachine {
    /// What happened. Everything about a process carries its life: what is late is dropped, never mistaken.
    package enum Event: Hashable, Sendable {
        case spawned(WorkerID, life: Life, ProcessIdentity)
        case spawnFailed(WorkerID, life: Life, stage: String, errno: Int32)
        case exited(WorkerID, life: Life, ExitReason)
        case probed(WorkerID, life: Life, ProbeResult)
        /// `refusal` is nil where the connection succeeded, else what went wrong: `connection refused`.
        case listenChecked(WorkerID, life: Life, refusal: String?)
        case notified(WorkerID, life: Life, Notice)
        case inFlight(WorkerID, life: Life, count: UInt64)
        case sampled(WorkerID, life: Life, WorkerSample)
        /// All living proxies use the routes of this revision, or later ones.
        case routed(revision: UInt64)
        case connectFailed(WorkerID, life: Life, errno: Int32)
        case suspected(WorkerID, life: Life, failures: Int, detail: String)
        /// `failure`: nil where it has succeeded.
        case hookEnded(number: UInt64, failure: String?)
        case deadlineReached
    }

    /// What a worker said of itself (sd_notify).
    package enum Notice: Hashable, Sendable {
        case ready
        case watchdog
        /// It is about to end by its own will.
        case stopping
        case status(String)
    }
}

/// Counters of a worker that decisions use. Totals: only differences matter.
package struct WorkerSample: Hashable, Sendable, Codable {
    package var requests: UInt64
    /// 5xx answers and errors of the proxy on the worker's behalf.
    package var failures: UInt64
    package var rssBytes: UInt64

    package init(requests: UInt64, failures: UInt64, rssBytes: UInt64) {
        self.requests = requests
        self.failures = failures
        self.rssBytes = rssBytes
    }
}

/// A process that the keeper knows of when a manager starts: alive, or ended with nobody to tell.
package struct KnownProcess: Hashable, Sendable {
    package var worker: WorkerID
    package var life: Life
    package var generation: Generation
    package var process: ProcessIdentity
    /// nil while it lives.
    package var exit: ExitReason?

    package init(
        worker: WorkerID,
        life: Life,
        generation: Generation,
        process: ProcessIdentity,
        exit: ExitReason? = nil
    ) {
        self.worker = worker
        self.life = life
        self.generation = generation
        self.process = process
        self.exit = exit
    }
}
