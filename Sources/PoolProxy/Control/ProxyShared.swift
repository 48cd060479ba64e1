internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// What the loops of a proxy process share: who has how many clients, what is reported, which version all have.
final class ProxyShared: Sendable {
    /// One loop's state as the others see it.
    final class LoopState: Sendable {
        let clients = Atomic<Int>(0)
        let version = Atomic<UInt64>(0)
        let isDone = Atomic<Bool>(false)
        /// It drains: no client comes from this loop any more, neither to itself nor to another one.
        let acceptsNoMore = Atomic<Bool>(false)
    }

    let mailboxes: [LoopMailbox]
    let states: [LoopState]
    let addresses = AddressCounter()
    /// Requests that wait for a worker, in all loops.
    let waiting = Atomic<Int>(0)
    /// Wakes the control thread.
    let controlDescriptor: Int32
    private let reports = Mutex<[ProxyReport]>([])

    /// Reports that wait for the control thread. Beyond: the newest is dropped; the manager sees the same in statistics.
    private static let reportsMax = 1024

    init(loops: Int) throws(SystemError) {
        var mailboxes: [LoopMailbox] = []
        for _ in 0..<loops { mailboxes.append(try LoopMailbox()) }
        self.mailboxes = mailboxes
        states = (0..<loops).map { _ in LoopState() }
        controlDescriptor = try syscall("eventfd") { pool_eventfd() }
    }

    /// The loop that a new client goes to: the one that has the fewest, itself among equals. Counts the client there.
    func leastLoaded(preferring own: Int) -> Int {
        var best = own
        if states.count > 1 {
            var least = states[own].clients.load(ordering: .relaxed)
            for index in states.indices {
                let clients = states[index].clients.load(ordering: .relaxed)
                if clients < least { (best, least) = (index, clients) }
            }
        }
        states[best].clients.wrappingAdd(1, ordering: .relaxed)
        return best
    }

    /// No loop accepts any more, and none of what was accepted is on its way to this loop.
    func isQuiet(_ loop: Int) -> Bool {
        states.allSatisfy { $0.acceptsNoMore.load(ordering: .acquiring) }
            && states[loop].clients.load(ordering: .acquiring) <= 0
    }

    /// This loop accepts no more: the others may be waiting to hear that.
    func acceptNoMore(_ loop: Int) {
        states[loop].acceptsNoMore.store(true, ordering: .releasing)
        for index in mailboxes.indices where index != loop { mailboxes[index].wake() }
    }

    /// A client of this loop is gone.
    func forget(client loop: Int) { states[loop].clients.wrappingSubtract(1, ordering: .relaxed) }

    /// A place at a worker became free, and nobody waits on this loop.
    func wakeOthers(than own: Int) {
        for index in mailboxes.indices where index != own { mailboxes[index].post(.serveWaiting) }
    }

    func report(_ report: ProxyReport) {
        reports.withLock { if $0.count < ProxyShared.reportsMax { $0.append(report) } }
        wakeControl()
    }

    func takeReports() -> [ProxyReport] {
        reports.withLock { reports in
            let taken = reports
            reports = []
            return taken
        }
    }

    func wakeControl() {
        var one: UInt64 = 1
        _ = write(controlDescriptor, &one, 8)
    }

    deinit { close(controlDescriptor) }
}

/// Connections of each client address, over all loops: used only where a front limits them.
final class AddressCounter: Sendable {
    private struct Key: Hashable {
        let high: UInt64
        let low: UInt64
    }

    private let counts = Mutex<[Key: Int]>([:])

    /// Counts a connection; false where the address has as many as it may.
    func enter(_ peer: PeerAddress, most: Int) -> Bool {
        counts.withLock { counts in
            let key = Key(high: peer.high, low: peer.low)
            let present = counts[key] ?? 0
            guard present < most else { return false }
            counts[key] = present + 1
            return true
        }
    }

    func leave(_ peer: PeerAddress) {
        counts.withLock { counts in
            let key = Key(high: peer.high, low: peer.low)
            guard let present = counts[key] else { return }
            counts[key] = present > 1 ? present - 1 : nil
        }
    }
}
