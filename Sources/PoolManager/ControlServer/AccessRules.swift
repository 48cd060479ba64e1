internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// Who may do what, by the peer's credentials on the control socket and by certificate elsewhere.
///
/// | peer | level |
/// |---|---|
/// | root, or the user that the daemon runs as | admin |
/// | whom the daemon's configuration names | what it says |
/// | without one, a member of the group `pool` | operate |
/// | anybody else | nothing |
/// | from another host: a certificate with a name that the configuration gives | what it says |
struct AccessRules: Hashable, Sendable {
    /// A user or a group, by name or by number.
    enum Party: Hashable, Sendable {
        case user(String)
        case group(String)

        /// Reads `user:alice`, `user:1000`, `group:staff`; nil for anything else.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 != 0x3A }) else {
                return nil
            }
            switch parts[0] {
            case "user": self = .user(String(parts[1]))
            case "group": self = .group(String(parts[1]))
            default: return nil
            }
        }
    }

    /// The user that the daemon runs as.
    var owner: UInt32
    var parties: [AccessLevel: [Party]] = [.operate: [.group(AccessRules.operatorGroup)]]

    /// Who may do what from another host, by the names in their certificates; nobody where nothing is said.
    var names: [AccessLevel: Set<String>] = [:]

    /// The group whose members may operate where nothing else is said.
    static let operatorGroup = "pool"

    /// Whether somebody is named who is not let in by the socket's own mode.
    var namesOthers: Bool { parties.values.joined().contains { $0 != .group(AccessRules.operatorGroup) } }

    /// Whether somebody is root or the user that the daemon runs as.
    func isOwner(_ caller: Caller?) -> Bool {
        guard let peer = caller?.credentials else { return false }
        return peer.userID == 0 || peer.userID == owner
    }

    /// What a caller may do; nil is nothing at all.
    func level(of caller: Caller) -> AccessLevel? {
        switch caller {
        case .local(let peer): level(of: peer)
        case .remote(let known, _):
            AccessLevel.allCases.reversed().first { level in
                !(names[level] ?? []).isDisjoint(with: known)
            }
        }
    }

    private func level(of peer: PeerCredentials) -> AccessLevel? {
        if isOwner(.local(peer)) { return .admin }
        return AccessLevel.allCases.reversed().first { level in
            (parties[level] ?? []).contains { isMeant(peer, by: $0) }
        }
    }

    private func isMeant(_ peer: PeerCredentials, by party: Party) -> Bool {
        switch party {
        case .user(let name):
            // A number is itself: it need not be in the user database.
            if let number = UInt32(name) { return number == peer.userID }
            return (try? UserDatabase.user(name))?.userID == peer.userID
        case .group(let name): return peer.isMember(ofGroup: name)
        }
    }
}

extension Caller {
    /// What to do about a refusal.
    var remedy: String {
        switch self {
        case .local:
            "ask as the daemon's user, as root, or as somebody whom [access] of poold.toml names"
                + " (by default the group \(AccessRules.operatorGroup))"
        case .remote(let names, _):
            "[remote] of poold.toml gives none of the certificate's names enough: \(names.joined(separator: ", "))"
        }
    }
}
