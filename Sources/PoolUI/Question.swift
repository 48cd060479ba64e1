package import PoolModel

/// Something that the daemon is asked because somebody looks at it: it is not part of the state stream.
package enum Question: Hashable, Sendable {
    case detail(WorkerID)
    case front(pool: String)
    case profile(pool: String)
    /// What a reload would change; needs the right to reload.
    case plan(pool: String)

    /// How long an answer is good while it is looked at.
    var period: Duration {
        switch self {
        case .detail: .seconds(2)
        case .front, .profile, .plan: .seconds(5)
        }
    }
}
