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
    /// How many parents are looked at between who spoke and the worker's own process.
    private static let ancestorsMax = 8
    /// The keeper's name of the socket.
    static let storeName = "notify"

    private struct Speaker {
        var worker: WorkerID
        var life: Life
    }

    private let socket: NotifySocket
    private var speakers: [Int32: Speaker] = [:]
    private var early: [NotifySocket.Message] = []
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
        speakers[process.pid] = Speaker(worker: worker, life: life)
        let waiting = early
        early = []
        for message in waiting { take(message) }
    }

    func forget(_ process: ProcessIdentity) { speakers[process.pid] = nil }

    private func receive() {
        // A bound, so that one that never stops talking does not keep us from the others.
        for _ in 0..<256 {
            guard let message = socket.receive() else { return }
            take(message)
        }
    }

    private func take(_ message: NotifySocket.Message) {
        guard let speaker = speaker(of: message.sender) else {
            if early.count >= Self.earlyMax { early.removeFirst() }
            return early.append(message)
        }
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

    /// The worker that a process is, or is a descendant of.
    private func speaker(of pid: Int32) -> Speaker? {
        var pid = pid
        for _ in 0..<Self.ancestorsMax {
            if let speaker = speakers[pid] { return speaker }
            guard pid > 1, let parent = try? ProcessEntry.of(pid: pid).parent else { return nil }
            pid = parent
        }
        return nil
    }
}
