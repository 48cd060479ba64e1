/// Every bound of the daemon that is not a setting, with what happens beyond it.
package enum Limits {
    /// Workers of one pool. Beyond: the profile is refused.
    package static let workersMax = 4096
    /// Workers of all pools: slots of the statistics segment. Beyond: the profile is refused.
    package static let slotsMax = 4096
    /// Proxy loops alive at once, draining processes included: lanes of the statistics segment. Beyond: fewer loops.
    package static let lanesMax = 16
    /// Events kept in memory. Beyond: the oldest goes.
    package static let eventsMax = 4096
    /// Finished operations kept. Beyond: the oldest goes.
    package static let operationsMax = 256
    /// Open requests on the control socket. Beyond: 503.
    package static let controlConnectionsMax = 512
    /// Connections to one address of metrics. Beyond: 503.
    package static let metricsConnectionsMax = 64
    /// Connections from other hosts to one address of the control API. Beyond: 503.
    package static let remoteConnectionsMax = 64
    /// Bytes of a request body on the control socket. Beyond: 413.
    package static let controlBodyBytesMax = 1 << 20
    /// Lines, and bytes of their text, that all readers of log streams together are given at a time. Where there are many
    /// of them each is given less, but never less than 32 lines and 4 KiB.
    package static let logLinesUnderWay = 8000
    package static let logBytesUnderWay = 2 << 20
    /// Bytes of a profile. Beyond: it is refused.
    package static let profileBytesMax = 1 << 20
    /// Bytes of a file with a certificate's chain or a key. Beyond: it is refused.
    package static let certificateBytesMax = 256 << 10
    /// Bytes of an error or maintenance page. Beyond: the profile is refused.
    package static let pageBytesMax = 64 << 10
    /// Bytes of the fields that a front sets on requests, and of those on answers. Beyond: the profile is refused.
    package static let headerRulesBytesMax = 16 << 10
    /// Bytes of a file with authorities for clients' certificates. Beyond: the profile is refused.
    package static let authoritiesBytesMax = 1 << 20
    /// Bytes of an authority's answer that is stapled. Beyond: it is not.
    package static let stapleBytesMax = 16 << 10
    /// Certificates of one listener. Beyond: the profile is refused.
    package static let certificatesMax = 64
    /// Bytes of one message between keeper and manager. Beyond: the spawn is refused.
    package static let keeperMessageBytesMax = 128 << 10
    /// Processes that the keeper runs at once. Beyond: the spawn is refused.
    package static let keeperChildrenMax = 8192
    /// Descriptors that the keeper stores. Beyond: the store is refused.
    package static let keeperDescriptorsMax = 1024
    /// Exit statuses that the keeper remembers while no manager asks. Beyond: the oldest goes.
    package static let exitTableMax = 8192
}
