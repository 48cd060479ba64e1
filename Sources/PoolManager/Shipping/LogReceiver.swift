internal import PoolModel

/// Who log lines and events are sent on to.
enum LogReceiver: Hashable, Sendable, CustomStringConvertible {
    /// systemd's journal, in its native protocol: a datagram a record, at a unix socket.
    case journald(path: String)
    /// RFC 5424 messages, a datagram each: over a unix socket or over UDP (RFC 5426).
    case syslog(Address)

    static let journal = "/run/systemd/journal/socket"

    /// Reads `journald`, `journald:/run/systemd/journal.web/socket`, `syslog:/dev/log`, `syslog:10.0.0.9:514`.
    init?(_ text: String) {
        let (kind, rest) = text.split(at: ":")
        let path = rest.flatMap { Address("unix:\($0)") }
        switch (kind, rest) {
        case ("journald", nil): self = .journald(path: LogReceiver.journal)
        case ("journald", let path?) where path.hasPrefix("/") && Address("unix:\(path)") != nil:
            self = .journald(path: path)
        case ("syslog", let rest?):
            guard let address = path ?? Address(rest) else { return nil }
            self = .syslog(address)
        default: return nil
        }
    }

    var description: String {
        switch self {
        case .journald(LogReceiver.journal): "journald"
        case .journald(let path): "journald:\(path)"
        case .syslog(.unix(let path)): "syslog:\(path)"
        case .syslog(let address): "syslog:\(address)"
        }
    }

    var address: Address {
        switch self {
        case .journald(let path): .unix(path: path)
        case .syslog(let address): address
        }
    }
}

extension String {
    /// What stands before the first separator and, where there is one, what stands behind it.
    fileprivate func split(at separator: Character) -> (Substring, String?) {
        guard let index = firstIndex(of: separator) else { return (self[...], nil) }
        return (self[..<index], String(self[self.index(after: index)...]))
    }
}
