internal import PoolAPI
internal import PoolModel

extension Manager {
    /// Whether the streams are to end because the daemon does.
    var isEnding: Bool { followers.isEnded }

    /// Readers of the control socket took nothing for so long, and have been cut off.
    func readersCut(_ count: Int, first: String, after limit: Duration) {
        readersCut += UInt64(count)
        let who = count == 1 ? first : "\(count) readers, the first of them \(first),"
        let text = "\(who) took nothing from the control socket for \(limit.components.seconds) s: cut off"
        report(.warning, .daemon, nil, text)
    }

    /// Waits until a topic is no longer at a version that was seen.
    ///
    /// - Parameter atMost: how long; to the second, because waiting is cheap and precise waiting is not.
    func wait(
        for topic: Topic,
        after version: UInt64,
        atMost limit: Duration = StreamRecord.heartbeatInterval
    ) async -> WaitOutcome {
        if followers.isEnded { return .ended }
        if followers.version(topic) != version { return .changed }
        let deadline = clock.now + min(limit, StreamRecord.heartbeatInterval)
        return await withCheckedContinuation { followers.wait(for: topic, until: deadline, $0) }
    }
}
