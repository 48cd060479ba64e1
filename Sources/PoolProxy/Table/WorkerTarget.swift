internal import PoolModel
internal import PoolOS
internal import Synchronization

/// One life of a worker as all loops of this process see it. Kept over routing tables as long as life and address stay.
///
/// Shared by the loops: what changes is atomic, and relaxed is enough, as no other memory hangs on it.
final class WorkerTarget: Sendable {
    let id: WorkerID
    let name: String
    /// The worker's block in the statistics segment.
    let slot: Int
    let life: Life
    let address: Address
    let socketAddress: SocketAddress
    /// Requests under way, over all loops.
    let inFlight = Atomic<Int>(0)
    /// Smoothed latency in microseconds; 0 while unknown.
    let latency = Atomic<UInt64>(0)
    /// When it became routable, in milliseconds of the monotonic clock: slow start counts from here. 0 while it is not.
    let routableSince = Atomic<UInt64>(0)
    /// Exchanges finished, over all loops: what a share of failures is of.
    let finished = Atomic<UInt64>(0)
    /// Ejected by passive health: takes nothing until this time, in milliseconds, and then one request a second until
    /// it has answered one. 0 is not ejected.
    let ejectedUntil = Atomic<UInt64>(0)
    /// Whether the ejection machine has something to learn from a success: failures were counted, or it is on trial.
    let isDoubted = Atomic<Bool>(false)

    init(_ route: WorkerRoute, socketAddress: SocketAddress) {
        id = route.id
        name = route.id.description
        slot = route.slot
        life = route.life
        address = route.address
        self.socketAddress = socketAddress
    }

    /// Whether a route of a newer table means this same life at the same place.
    func isSame(as route: WorkerRoute) -> Bool {
        id == route.id && slot == route.slot && life == route.life && address == route.address
    }

    /// Takes a place if fewer than `most` requests are under way.
    func reserve(most: Int?) -> Bool {
        let before = inFlight.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
        guard let most, before >= most else { return true }
        inFlight.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        return false
    }

    /// Takes the trial of a worker whose ejection has lasted; false where another loop has it, or it is not due. The
    /// next trial is due after a while, whatever becomes of this one.
    func takeTrial(now: UInt64) -> Bool {
        let until = ejectedUntil.load(ordering: .relaxed)
        if until == 0 { return true }
        guard now >= until else { return false }
        let next = now + ProxyBounds.trialMilliseconds
        return ejectedUntil.compareExchange(expected: until, desired: next, ordering: .relaxed).exchanged
    }

    /// Gives the place back.
    /// Before the owner looks whether anybody waits, as those who wait are counted before they look for a place: one of
    /// the two sees the other.
    func release() { inFlight.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    /// Takes an answer's latency into the smoothed one, an eighth at a time. Two loops may overwrite each other: it is a
    /// hint, not a count.
    func smooth(latency microseconds: UInt64) {
        let before = latency.load(ordering: .relaxed)
        let after = before == 0 ? microseconds : before - before / 8 + microseconds / 8
        latency.store(max(1, after), ordering: .relaxed)
    }
}

/// A worker's place in one routing table.
final class Member: Sendable {
    let target: WorkerTarget
    let isRoutable: Bool
    let weight: Int
    /// Could not be connected to: out of the rotation of all loops until the next table, or until this time in
    /// milliseconds: without a manager there is no next table. 0 is reachable.
    let unreachableUntil = Atomic<UInt64>(0)

    init(target: WorkerTarget, route: WorkerRoute) {
        self.target = target
        isRoutable = route.isRoutable && route.weight > 0
        weight = min(max(route.weight, 0), 256)
    }
}
