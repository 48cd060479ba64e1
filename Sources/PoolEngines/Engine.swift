internal import PoolModel

/// A foreign program in the proxy's place: what differs from one to the other.
///
/// All calls come on the reactor's thread.
protocol Engine: AnyObject {
    /// The file in its directory that requests are told by: what it makes of one datagram there.
    func exchange(_ line: String) -> EngineExchange?
    /// Brings the program to a table, and answers by ``EngineHost/applied(_:_:)``.
    ///
    /// - Parameter table: has only the fronts whose sockets have come.
    func apply(_ table: RoutingTable, served: RoutingTable)
    /// Looks at what the program counts itself; called each second.
    func observe()
    /// Writes its access logs anew, where it has any.
    func reopenLogs()
    /// Lets all its processes finish what they have.
    func finish()
    /// Ends them all at once.
    func cut()
    /// None of its processes lives any more.
    var hasEnded: Bool { get }
    /// Its files in the engine's directory.
    var files: [String] { get }
}
