internal import PoolAPI
internal import PoolOS

/// Who may do what on the control socket, by the peer's credentials.
///
/// | peer | level |
/// |---|---|
/// | root, or the user that the daemon runs as | admin |
/// | a member of the group `pool` | operate |
/// | anybody else | nothing |
struct AccessRules: Sendable {
    /// The user that the daemon runs as.
    var owner: UInt32
    /// The group whose members may operate.
    var operatorGroup = "pool"

    /// What a peer may do; nil is nothing at all.
    func level(of peer: PeerCredentials) -> AccessLevel? {
        if peer.userID == 0 || peer.userID == owner { return .admin }
        return peer.isMember(ofGroup: operatorGroup) ? .operate : nil
    }
}
