internal import PoolAPI
internal import PoolModel
internal import PoolProfile
internal import PoolTOML

/// Reads `poold.toml`, and says all that is wrong with it.
struct ConfigurationReader {
    private let file: String
    /// `poold.toml:3:1: …`.
    private(set) var problems: [String] = []

    init(file: String) { self.file = file }

    mutating func read(_ text: String) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        let (root, errors) = TOMLParser.parse(text)
        for error in errors { refuse(error.position, error.message) }
        for entry in root.entries {
            switch (entry.key, entry.value.kind) {
            case ("access", .table(let table)): configuration.parties = parties(table)
            case ("control", .table(let table)):
                each(table, of: "control", ["reader_timeout"]) { reader, _, value in
                    let limit = reader.duration(value, in: .seconds(1)...(.seconds(3600)))
                    configuration.readerTimeout = limit ?? configuration.readerTimeout
                }
            case ("metrics", .table(let table)):
                each(table, of: "metrics", ["listen"]) { reader, _, value in
                    configuration.metrics = reader.addresses(value, example: "127.0.0.1:9100")
                }
            case ("remote", .table(let table)): configuration.remote = remote(table, at: entry.keyPosition)
            case ("logs", .table(let table)): readLogs(table, &configuration)
            case ("statsd", .table(let table)): configuration.statsd = statsd(table, at: entry.keyPosition)
            default:
                let tables = ["access", "control", "metrics", "remote", "logs", "statsd"]
                let known = "known are " + tables.map { "[\($0)]" }.joined(separator: ", ")
                refuse(
                    entry.keyPosition,
                    "unknown key \(entry.key); \(NearestName.hint(tables, to: entry.key) ?? known)"
                )
            }
        }
        return configuration
    }

    mutating func refuse(_ position: TextPosition, _ message: String) {
        problems.append("\(file):\(position): \(message)")
    }

    /// Reads a table's entries; other keys than the known ones are refused.
    mutating func each(
        _ table: TOMLTable,
        of name: String,
        _ keys: [String],
        _ body: (inout ConfigurationReader, String, TOMLValue) -> Void
    ) {
        for entry in table.entries {
            guard keys.contains(entry.key) else {
                let known = "known \(keys.count == 1 ? "is" : "are") \(keys.joined(separator: ", "))"
                let hint = NearestName.hint(keys, to: entry.key) ?? known
                refuse(entry.keyPosition, "unknown key \(name).\(entry.key); \(hint)")
                continue
            }
            body(&self, entry.key, entry.value)
        }
    }

    private mutating func parties(_ table: TOMLTable) -> [AccessLevel: [AccessRules.Party]] {
        var found: [AccessLevel: [AccessRules.Party]] = [.operate: [.group(AccessRules.operatorGroup)]]
        for entry in table.entries {
            guard let level = AccessLevel(rawValue: entry.key) else {
                refuse(entry.keyPosition, "unknown key access.\(entry.key); known are view, operate and admin")
                continue
            }
            let texts = strings(entry.value)
            var parties: [AccessRules.Party] = []
            for (text, position) in texts {
                if let party = AccessRules.Party(text) {
                    parties.append(party)
                } else {
                    refuse(position, "\(quoted(text)) is neither user:NAME nor group:NAME")
                }
            }
            if texts.count > DaemonConfiguration.partiesMax {
                refuse(entry.keyPosition, "more than \(DaemonConfiguration.partiesMax) parties; use a group")
            }
            found[level] = parties
        }
        return found
    }

    private mutating func readLogs(_ table: TOMLTable, _ configuration: inout DaemonConfiguration) {
        each(table, of: "logs", ["ship", "contents"]) { reader, key, value in
            let texts = reader.strings(value)
            if key == "ship" {
                for (text, position) in texts {
                    guard let receiver = LogReceiver(text) else {
                        reader.refuse(
                            position,
                            "\(quoted(text)) is none of journald, syslog:/dev/log, syslog:ADDRESS:PORT"
                        )
                        continue
                    }
                    configuration.receivers.append(receiver)
                }
                if texts.count > DaemonConfiguration.listenersMax {
                    reader.refuse(value.position, "more than \(DaemonConfiguration.listenersMax) receivers")
                }
            } else {
                configuration.contents = []
                for (text, position) in texts {
                    guard let content = LogShipper.Content(rawValue: text) else {
                        reader.refuse(position, "\(quoted(text)) is neither daemon nor workers")
                        continue
                    }
                    configuration.contents.insert(content)
                }
            }
        }
    }

    private mutating func statsd(_ table: TOMLTable, at position: TextPosition) -> StatsDReporter.Settings? {
        var address: Address?
        var prefix = "pool"
        var interval = Duration.seconds(10)
        each(table, of: "statsd", ["address", "prefix", "interval"]) { reader, key, value in
            switch key {
            case "address":
                guard let text = reader.string(value) else { return }
                address = Address(text)
                if case .tcp = address { return }
                reader.refuse(value.position, "\(quoted(text)) is not an address such as 127.0.0.1:8125")
            case "prefix":
                prefix = reader.string(value) ?? prefix
                let isWord = prefix.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !":|@#".utf8.contains($0) }
                if prefix.isEmpty || !isWord { reader.refuse(value.position, "\(quoted(prefix)) is no StatsD name") }
            default: interval = reader.duration(value, in: .seconds(1)...(.seconds(3600))) ?? interval
            }
        }
        guard let address else {
            refuse(position, "statsd needs an address such as 127.0.0.1:8125")
            return nil
        }
        return StatsDReporter.Settings(address: address, prefix: prefix, interval: interval)
    }

    private mutating func remote(_ table: TOMLTable, at position: TextPosition) -> RemoteAccess? {
        var remote = RemoteAccess(listen: [], files: CertificateFiles(certificate: "", key: ""), authorities: "")
        let keys = ["listen", "certificate", "key", "clients"] + AccessLevel.allCases.map(\.rawValue)
        each(table, of: "remote", keys) { reader, key, value in
            switch key {
            case "listen": remote.listen = reader.addresses(value, example: "0.0.0.0:7443")
            case "certificate": remote.files.certificate = reader.path(value)
            case "key": remote.files.key = reader.path(value)
            case "clients": remote.authorities = reader.path(value)
            default:
                guard let level = AccessLevel(rawValue: key) else { return }
                remote.names[level] = Set(reader.strings(value).map(\.0))
            }
        }
        let needed = ["listen", "certificate", "key", "clients"].filter { table[$0] == nil }
        guard needed.isEmpty else {
            refuse(
                position,
                "remote needs \(needed.joined(separator: ", ")): it is served with certificates on both sides only"
            )
            return nil
        }
        return remote
    }

    private mutating func path(_ value: TOMLValue) -> String {
        guard let text = string(value) else { return "" }
        if !text.hasPrefix("/") { refuse(value.position, "\(quoted(text)) is not an absolute path") }
        return text
    }

    mutating func addresses(_ value: TOMLValue, example: String) -> [Address] {
        var found: [Address] = []
        for (text, position) in strings(value) {
            if let address = Address(text), case .tcp = address, found.count < DaemonConfiguration.listenersMax {
                found.append(address)
            } else {
                refuse(position, "\(quoted(text)) is not an address such as \(example)")
            }
        }
        return found
    }

    mutating func duration(_ value: TOMLValue, in range: ClosedRange<Duration>) -> Duration? {
        guard let text = string(value) else { return nil }
        if let duration = Quantity.duration(text), range.contains(duration) { return duration }
        refuse(
            value.position,
            "\(quoted(text)) is not a time from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        )
        return nil
    }

    mutating func string(_ value: TOMLValue) -> String? {
        if case .string(let text) = value.kind { return text }
        refuse(value.position, "expected a string, found \(value.summary)")
        return nil
    }

    mutating func strings(_ value: TOMLValue) -> [(String, TextPosition)] {
        guard case .array(let items) = value.kind else {
            refuse(value.position, "expected an array of strings, found \(value.summary)")
            return []
        }
        var found: [(String, TextPosition)] = []
        for item in items {
            if let text = string(item) { found.append((text, item.position)) }
        }
        return found
    }
}
