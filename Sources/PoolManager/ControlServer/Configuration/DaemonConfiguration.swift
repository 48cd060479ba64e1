internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolProfile

/// What the daemon itself is told, apart from its pools: `poold.toml`. There need not be one.
///
/// ```toml
/// [access]
/// view = ["group:staff"]
/// operate = ["group:pool", "user:deploy"]
/// admin = ["user:alice"]
///
/// [control]
/// reader_timeout = "30s"
///
/// [metrics]
/// listen = ["127.0.0.1:9100"]
///
/// [remote]
/// listen = ["0.0.0.0:7443"]
/// certificate = "/etc/pool/control.pem"
/// key = "/etc/pool/control.key"
/// clients = "/etc/pool/clients.pem"
/// operate = ["deploy.example.org"]
///
/// [logs]
/// ship = ["journald", "syslog:10.0.0.9:514"]
/// contents = ["daemon", "workers"]
///
/// [statsd]
/// address = "127.0.0.1:8125"
/// ```
///
/// It is read when a manager starts and at each reload. A file with mistakes never keeps the pools from running: what is
/// wrong is told as events. At the start nothing of the access that it was to give is given; at a reload nothing changes.
struct DaemonConfiguration: Hashable, Sendable {
    var parties: [AccessLevel: [AccessRules.Party]]?
    /// How long a connection to the control socket may take nothing of what waits for it.
    var readerTimeout = DaemonConfiguration.readerTimeoutDefault
    /// Where `GET /metrics` is answered over TCP; nowhere by default.
    var metrics: [Address] = []
    /// Whom it answers from other hosts; nobody by default.
    var remote: RemoteAccess?
    /// Who log lines and events are sent on to, and which of them.
    var receivers: [LogReceiver] = []
    var contents = Set(LogShipper.Content.allCases)
    var statsd: StatsDReporter.Settings?
    /// What is wrong with the file: `poold.toml:3:1: …`.
    var problems: [String] = []

    static let readerTimeoutDefault = Duration.seconds(30)
    /// Addresses of one kind. Beyond: refused.
    static let listenersMax = 8
    static let partiesMax = 64

    init() {}

    /// What the control server goes by.
    var settings: ControlServer.Settings {
        var rules = AccessRules(owner: geteuid())
        if let parties { rules.parties = parties }
        rules.names = remote?.names ?? [:]
        return ControlServer.Settings(rules: rules, readerTimeout: readerTimeout)
    }

    /// Where the file is: `POOL_CONFIG`, else `/etc/pool/poold.toml` for root and
    /// `$XDG_CONFIG_HOME/pool/poold.toml` (`~/.config`) for others; nil where nothing says where.
    static func path(environment: [String: String], userID: UInt32) -> String? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        if let path = value("POOL_CONFIG") { return path }
        if userID == 0 { return "/etc/pool/poold.toml" }
        return (value("XDG_CONFIG_HOME") ?? value("HOME").map { "\($0)/.config" }).map { "\($0)/pool/poold.toml" }
    }

    /// The file's configuration, or the defaults where there is none.
    static func read(_ path: String?) -> DaemonConfiguration {
        guard let path, access(path, F_OK) == 0 else { return DaemonConfiguration() }
        do throws(PoolError) {
            return DaemonConfiguration(text: try ProfileFile(path: path).text(), file: path)
        } catch {
            return DaemonConfiguration(refused: [error.description])
        }
    }

    /// The configuration of a file's text.
    init(text: String, file: String) {
        var reader = ConfigurationReader(file: file)
        let read = reader.read(text)
        // A rule that was not understood may have been the one that kept somebody out.
        self = reader.problems.isEmpty ? read : DaemonConfiguration(refused: reader.problems)
    }

    /// Nothing of what the file was to give.
    private init(refused problems: [String]) {
        self.problems = problems
        parties = [:]
    }
}
