internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolProfile
internal import PoolTOML

/// What the daemon itself is told, apart from its pools: `poold.toml`. There need not be one.
///
/// ```toml
/// [access]
/// view = ["group:staff"]
/// operate = ["group:pool", "user:deploy"]
/// admin = ["user:alice"]
///
/// [metrics]
/// listen = ["127.0.0.1:9100"]
/// ```
///
/// It is read when a manager starts. A file with mistakes never keeps the pools from running: what is wrong is told as
/// events, and of the access that it was to give nothing is given.
struct DaemonConfiguration: Hashable, Sendable {
    var parties: [AccessLevel: [AccessRules.Party]]?
    /// Where `GET /metrics` is answered over TCP; nowhere by default.
    var metrics: [Address] = []
    /// What is wrong with the file: `poold.toml:3:1: …`.
    var problems: [String] = []

    /// Addresses that metrics are served at. Beyond: refused.
    static let listenersMax = 8
    private static let partiesMax = 64

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
            var configuration = DaemonConfiguration()
            configuration.refuse(error.description)
            return configuration
        }
    }

    init() {}

    init(text: String, file: String) {
        let (root, errors) = TOMLParser.parse(text)
        func place(_ position: TextPosition) -> String { "\(file):\(position): " }
        for error in errors { refuse(place(error.position) + error.message) }
        for entry in root.entries {
            switch (entry.key, entry.value.kind) {
            case ("access", .table(let table)): readAccess(table, place)
            case ("metrics", .table(let table)): readMetrics(table, place)
            default:
                let hint = NearestName.hint(["access", "metrics"], to: entry.key) ?? "known are [access] and [metrics]"
                refuse(place(entry.keyPosition) + "unknown key \(entry.key); \(hint)")
            }
        }
        // A rule that was not understood may have been the one that kept somebody out.
        if !problems.isEmpty { parties = [:] }
    }

    private mutating func refuse(_ problem: String) {
        problems.append(problem)
        parties = [:]
    }

    private mutating func readAccess(_ table: TOMLTable, _ place: (TextPosition) -> String) {
        var found: [AccessLevel: [AccessRules.Party]] = [.operate: [.group(AccessRules.operatorGroup)]]
        for entry in table.entries {
            guard let level = AccessLevel(rawValue: entry.key) else {
                refuse(place(entry.keyPosition) + "unknown key access.\(entry.key); known are view, operate and admin")
                continue
            }
            let texts = strings(entry.value, place)
            found[level] = texts.compactMap { text, position in
                if let party = AccessRules.Party(text) { return party }
                refuse(place(position) + "\(quoted(text)) is neither user:NAME nor group:NAME")
                return nil
            }
            if texts.count > DaemonConfiguration.partiesMax {
                refuse(place(entry.keyPosition) + "more than \(DaemonConfiguration.partiesMax) parties; use a group")
            }
        }
        parties = found
    }

    private mutating func readMetrics(_ table: TOMLTable, _ place: (TextPosition) -> String) {
        for entry in table.entries {
            guard entry.key == "listen" else {
                refuse(place(entry.keyPosition) + "unknown key metrics.\(entry.key); known is listen")
                continue
            }
            for (text, position) in strings(entry.value, place) {
                if let address = Address(text), case .tcp = address, metrics.count < DaemonConfiguration.listenersMax {
                    metrics.append(address)
                } else {
                    refuse(place(position) + "\(quoted(text)) is not an address such as 127.0.0.1:9100")
                }
            }
        }
    }

    private mutating func strings(
        _ value: TOMLValue,
        _ place: (TextPosition) -> String
    ) -> [(String, TextPosition)] {
        guard case .array(let items) = value.kind else {
            refuse(place(value.position) + "expected an array of strings, found \(value.summary)")
            return []
        }
        return items.compactMap { item in
            if case .string(let text) = item.kind { return (text, item.position) }
            refuse(place(item.position) + "expected a string, found \(item.summary)")
            return nil
        }
    }
}
