/// What the manager tells a proxy process, over its link. File descriptors travel beside the message.
package enum ProxyCommand: Hashable, Sendable, Codable {
    /// Take these listening sockets; the descriptors come in the order of the names.
    /// A front's name is its address (`0.0.0.0:8080`); the probe listener's is ``ProbeHeader/listener``.
    case listen(names: [String])
    /// Close these listeners: nothing more is accepted there.
    case unlisten(names: [String])
    /// Use these certificates from now on, in place of what was there under the same names. Connections that are open
    /// go on with the old ones. Sent before the table that needs them.
    case certificates([CertificateBundle])
    /// Seal session tickets with the first of these, and open them with any.
    case ticketKeys([TicketKey])
    /// Use these files (pages of the proxy's own answers) from now on. Sent before the table that needs them.
    case files([FrontFile])
    /// Swap to this routing table. Answered by ``ProxyReport/routed(version:)``.
    case routes(RoutingTable)
    /// Accept nothing more, finish what is under way, then exit with status 0; cut what is left after the limit.
    case drain(limitSeconds: Double)
    /// Open the access logs again (after a rotation).
    case reopenLogs
}

/// What a proxy process tells the manager.
package enum ProxyReport: Hashable, Sendable, Codable {
    /// Its loops run; it serves nothing yet.
    case ready(loops: Int)
    /// All loops use the routing table of this version, or a later one.
    case routed(version: UInt64)
    /// The worker could not be connected to: this proxy has taken it out of the rotation until the next table.
    case connectFailed(worker: WorkerID, life: Life, errno: Int32)
    /// Traffic shows that the worker is bad (passive health).
    case suspect(worker: WorkerID, life: Life, failures: Int, detail: String)
    /// Panic mode: bad workers stay in the rotation of this pool, because too few would be left.
    case panic(pool: String, detail: String)
    /// Nothing is in flight any more after ``ProxyCommand/drain(limitSeconds:)``; it exits now.
    case drained
    /// The proxy could not do what it was told.
    case failed(message: String)
    /// A client's HTTP/2 connection was ended because of a flood; said once a minute for each kind.
    case flood(kind: String, detail: String)
}

/// The private listener that probes come in by. Only there does the header have a meaning; clients' are removed.
package enum ProbeHeader {
    /// The listener's name in ``ProxyCommand/listen(names:)``.
    package static let listener = "probe"
    /// `Pool-Worker: example_3` names the worker that the request is for.
    package static let name = "Pool-Worker"
    /// On answers of the proxy's own: `connect-failed; errno=111`, `no-worker`, `timeout; phase=first-byte`.
    package static let errorName = "Pool-Error"
}
