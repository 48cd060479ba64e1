package import PoolModel
package import PoolOS

/// How an engine process is started: as a proxy process is, with one end of the link and the statistics segment.
///
/// It speaks ``ProxyCommand`` and ``ProxyReport`` with the manager and counts into the lanes that it was given, so
/// that nobody else can tell it from a proxy.
package struct EngineOptions {
    package var link: MessageSocket
    package var segment: StatsSegment
    /// The engine counts in the first one.
    package var lanes: Range<Int>
    package var directories: Directories
    /// One for each proxy or engine process of a daemon.
    package var number: UInt64

    package init(
        linkDescriptor: Int32,
        statsDescriptor: Int32,
        lanes: Range<Int>,
        directories: Directories,
        number: UInt64
    ) throws {
        link = try MessageSocket(adopting: FileDescriptor(adopting: linkDescriptor))
        segment = try StatsSegment(adopting: FileDescriptor(adopting: statsDescriptor))
        self.lanes = lanes
        self.directories = directories
        self.number = number
    }
}
