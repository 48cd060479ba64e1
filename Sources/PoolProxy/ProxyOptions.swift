package import PoolOS

/// How a proxy process is started.
///
/// The manager has the keeper spawn `poold proxy` with two inherited descriptors: one end of a SEQPACKET pair (the
/// link; the manager's end also lies in the keeper's store, so that neither the manager's death nor its silence ends
/// it) and the statistics segment's memory file. On the link the proxy first says ``ProxyReport/ready(loops:)``; then
/// the manager sends ``ProxyCommand/listen(names:)`` with the listening sockets, and ``ProxyCommand/routes(_:)``.
/// Listeners without a table answer 503, so a new proxy that is to take over gets its table before its listeners.
///
/// The process ends with status 0 after a drain (``ProxyCommand/drain(limitSeconds:)``, or SIGTERM), with 1 where it
/// could not start.
package struct ProxyOptions {
    /// Our end of the link; nil runs without a manager (tests, benchmarks).
    package var link: MessageSocket?
    package var segment: StatsSegment
    /// The lanes of the segment that this process writes: one loop, on one thread, for each.
    package var lanes: Range<Int>
    /// The state directory: access logs without a path of their own go to `<directory>/<pool>/logs/access.log`.
    package var stateDirectory: String?
    /// How long a drain asked for by SIGTERM may last, in seconds.
    package var drainSeconds = 30.0

    /// - Parameter lanes: not empty, within the segment.
    package init(link: MessageSocket?, segment: StatsSegment, lanes: Range<Int>, stateDirectory: String? = nil) {
        precondition(!lanes.isEmpty && lanes.lowerBound >= 0 && lanes.upperBound <= segment.lanes, "lanes \(lanes)")
        self.link = link
        self.segment = segment
        self.lanes = lanes
        self.stateDirectory = stateDirectory
    }
}

extension ProxyOptions {
    /// The form for a command line: inherited descriptors by number.
    ///
    /// - Throws: where a descriptor is not what it should be, with a text for people.
    package init(
        linkDescriptor: Int32,
        statsDescriptor: Int32,
        lanes: Range<Int>,
        stateDirectory: String?
    ) throws {
        let link = try MessageSocket(adopting: FileDescriptor(adopting: linkDescriptor))
        let segment = try StatsSegment(adopting: FileDescriptor(adopting: statsDescriptor))
        guard !lanes.isEmpty, lanes.lowerBound >= 0, lanes.upperBound <= segment.lanes else {
            throw StatsSegment.Failure.unusable("it has lanes 0 to \(segment.lanes - 1), not \(lanes)")
        }
        self.init(link: link, segment: segment, lanes: lanes, stateDirectory: stateDirectory)
    }
}
