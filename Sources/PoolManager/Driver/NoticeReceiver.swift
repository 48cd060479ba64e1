internal import PoolCore
internal import PoolModel
internal import PoolOS

/// Hears what workers say of themselves (`READY=1`, `WATCHDOG=1`, `STATUS=…`, `STOPPING=1`) and finds out who spoke.
///
/// The socket lies in the keeper's store: what is said while there is no manager waits in it. A process may speak
/// before the keeper's answer to its spawn has come; then its words wait here. All state is the manager thread's.
final class NoticeReceiver {
    /// Messages of processes that are not known (yet). Beyond: the oldest goes.
    static let earlyMax = 256
    /// How long they wait: the keeper answers a spawn at once, and a word is of no use for long.
    static let earlyAge = Duration.seconds(10)
    /// How many parents are looked at between who spoke and the worker's own process.
    private static let ancestorsMax = 8
    /// The keeper's name of the socket.
    static let storeName = "notify"

    private struct Speaker {
        var worker: WorkerID
        var life: Life
        var process: ProcessIdentity
    }

    /// A message of somebody who was nobody's when it came.
    private struct Early {
        var message: NotifySocket.Message
        /// Who spoke, and its parents, as they were then: a pid alone may be another's later.
        var lineage: [ProcessIdentity]
        var at: Duration
    }

    private let socket: NotifySocket
    private var speakers: [Int32: Speaker] = [:]
    private var early: [Early] = []
    private let onNotice: (WorkerID, Life, PoolMachine.Notice) -> Void

    init(
        _ socket: NotifySocket,
        on reactor: Reactor,
        onNotice: @escaping (WorkerID, Life, PoolMachine.Notice) -> Void
    ) throws(SystemError) {
        self.socket = socket
        self.onNotice = onNotice
        try reactor.watch(socket.descriptor.raw, .readable) { [weak self] _ in self?.receive() }
    }

    /// A process to listen to from now on.
    func follow(_ worker: WorkerID, life: Life, _ process: ProcessIdentity) {
        let speaker = Speaker(worker: worker, life: life, process: process)
        speakers[process.pid] = speaker
        expire()
        let spoken = early.filter { $0.lineage.contains(process) }
        early.removeAll { $0.lineage.contains(process) }
        for entry in spoken { deliver(entry.message, of: speaker) }
    }

    func forget(_ process: ProcessIdentity) {
        if speakers[process.pid]?.process == process { speakers[process.pid] = nil }
    }

    private func receive() {
        // A bound, so that one that never stops talking does not keep us from the others.
        for _ in 0..<256 {
            guard let message = socket.receive() else { return }
            take(message)
        }
    }

    private func take(_ message: NotifySocket.Message) {
        let lineage = lineage(of: message.sender)
        if let speaker = lineage.lazy.compactMap({ self.speaker($0) }).first { return deliver(message, of: speaker) }
        guard !lineage.isEmpty else {
            // It has ended already. A worker whose end we have not been told of may say its last words.
            if let speaker = speakers[message.sender] { deliver(message, of: speaker) }
            return
        }
        expire()
        if early.count >= Self.earlyMax { early.removeFirst() }
        early.append(Early(message: message, lineage: lineage, at: MonotonicClock.now))
    }

    private func deliver(_ message: NotifySocket.Message, of speaker: Speaker) {
        for (name, value) in message.fields {
            switch (name, value) {
            case ("READY", "1"): onNotice(speaker.worker, speaker.life, .ready)
            case ("WATCHDOG", "1"): onNotice(speaker.worker, speaker.life, .watchdog)
            case ("STOPPING", "1"): onNotice(speaker.worker, speaker.life, .stopping)
            case ("STATUS", _): onNotice(speaker.worker, speaker.life, .status(String(value.prefix(256))))
            // MAINPID, FDSTORE and the like: not ours to do.
            default: break
            }
        }
    }

    private func expire() {
        let oldest = MonotonicClock.now - Self.earlyAge
        early.removeAll { $0.at < oldest }
    }

    /// The worker that a process is; nil also where only its pid is a worker's.
    private func speaker(_ process: ProcessIdentity) -> Speaker? {
        speakers[process.pid].flatMap { $0.process == process ? $0 : nil }
    }

    /// A process and its parents, up to the first that is a worker's; empty where it is gone.
    private func lineage(of pid: Int32) -> [ProcessIdentity] {
        var pid = pid
        var found: [ProcessIdentity] = []
        while found.count < Self.ancestorsMax, pid > 1, let entry = try? ProcessEntry.of(pid: pid) {
            let process = ProcessIdentity(pid: pid, startTicks: entry.startTicks)
            found.append(process)
            if speaker(process) != nil { break }
            pid = entry.parent
        }
        return found
    }
}
