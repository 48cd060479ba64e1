internal import PoolHTTP
internal import PoolModel

/// A front that lets nobody through, as the loops ask about it. Never changed.
final class Gate: Sendable {
    private let kind: FrontGate.Kind
    /// On the loops' clock, in milliseconds.
    private let until: UInt64?
    private let afterwards: FrontGate.Afterwards
    /// Clients that are let through all the same.
    private let allowed: AddressRanges?
    let answer: OwnAnswer

    /// - Parameters:
    ///   - now: the loops' clock, in milliseconds.
    ///   - wall: the wall clock at the same moment.
    init(_ gate: FrontGate, allowed: AddressRanges?, now: UInt64, wall: Timestamp) {
        kind = gate.kind
        afterwards = gate.afterwards
        self.allowed = gate.kind == .maintenance ? allowed : nil
        until = gate.until.map { end in
            let left = (end.microseconds - wall.microseconds + 999) / 1000
            return left > 0 ? now &+ UInt64(left) : now
        }
        let fields = "Retry-After: \(gate.retryAfter)\r\n"
        answer =
            switch gate.kind {
            case .hold:
                OwnAnswer(
                    status: 503,
                    reason: "held",
                    explanation: "requests are held, and the time of the hold is over",
                    fields: fields
                )
            case .maintenance:
                OwnAnswer(
                    status: 503,
                    reason: "maintenance",
                    explanation: "the site is in maintenance",
                    fields: fields
                )
            }
    }

    /// What becomes of a request now; nil where it goes to a worker.
    func verdict(for peer: PeerAddress, now: UInt64) -> Choice? {
        if let until, now >= until { return afterwards == .serve ? nil : .nobody }
        switch kind {
        case .hold: return .wait
        case .maintenance:
            guard let allowed, !allowed.isEmpty else { return .nobody }
            let isAllowed = peer.address.map { allowed.contains($0) } ?? allowed.hasUnix
            return isAllowed ? nil : .nobody
        }
    }

    /// When a request that waits now has waited for long enough; nil where it does not wait for this gate.
    func deadline(now: UInt64) -> UInt64? { kind == .hold ? until.flatMap { now < $0 ? $0 : nil } : nil }

    /// Whether those who wait are served rather than refused by now.
    func serves(now: UInt64) -> Bool { afterwards == .serve && until.map { now >= $0 } ?? false }

    var isMaintenance: Bool { kind == .maintenance }
}
