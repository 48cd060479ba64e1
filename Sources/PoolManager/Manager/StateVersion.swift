internal import Synchronization

/// The version of the state, to be read from any thread. It changes before whoever has changed the state is answered:
/// who has been answered never sees a state of before.
///
/// State: a number that one thread writes.
final class StateVersion: Sendable {
    private let number = Atomic<UInt64>(0)

    /// 0 before there is any.
    var current: UInt64 { number.load(ordering: .acquiring) }

    func set(_ version: UInt64) { number.store(version, ordering: .releasing) }
}
