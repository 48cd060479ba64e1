internal import NIOCore
internal import PoolOS

extension PeerCredentials {
    /// The user's name; the number where the user database does not know it.
    var userName: String { (try? UserDatabase.user(String(userID)))?.name ?? String(userID) }

    /// How events and the audit log name the peer: `alice (uid 1000, pid 4711)`.
    var actor: String { "\(userName) (uid \(userID), pid \(pid))" }

    /// Whether the peer is of a group, by its primary group or by the group database; false where there is none.
    func isMember(ofGroup name: String) -> Bool {
        guard let group = try? UserDatabase.groupID(name) else { return false }
        if group == groupID { return true }
        guard let user = try? UserDatabase.user(String(userID)) else { return false }
        return UserDatabase.groups(of: user).contains(group)
    }

    /// Asks the kernel about a connection; nil where it cannot say. The struct has the layout of the kernel's `ucred`.
    static func of(_ channel: any Channel) async -> PeerCredentials? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let option: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: soPeerCred)
        )
        return try? await option.get()
    }
}

/// `SO_PEERCRED`, the same on all of Linux's common architectures.
private let soPeerCred: Int32 = 17
