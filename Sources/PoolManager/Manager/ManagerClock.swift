package import PoolCore
package import PoolModel

/// Where the manager's time comes from: the only place, so that tests can stand in for it.
package struct ManagerClock: Sendable {
    private let read: @Sendable () -> Moment

    package init(_ read: @escaping @Sendable () -> Moment) { self.read = read }

    package var moment: Moment { read() }
    package var wall: Timestamp { read().wall }
    package var now: Duration { read().now }
}
