package import PoolModel

/// `POST /v1/pools/{pool}/gate`: whether the front lets requests through.
package struct GateRequest: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case open, hold, maintenance
    }

    package var state: State
    /// How long: needed for a hold (600 at most), an end for maintenance.
    package var seconds: Double?
    /// What follows: a hold refuses where nothing is said, maintenance with an end serves.
    package var afterwards: FrontGate.Afterwards?
    /// `Retry-After` of the refusals; for maintenance the profile's where nothing is said.
    package var retryAfterSeconds: Int?
    /// For the event list and the audit log.
    package var why: String

    package init(
        state: State,
        seconds: Double? = nil,
        afterwards: FrontGate.Afterwards? = nil,
        retryAfterSeconds: Int? = nil,
        why: String = ""
    ) {
        self.state = state
        self.seconds = seconds
        self.afterwards = afterwards
        self.retryAfterSeconds = retryAfterSeconds
        self.why = why
    }

    private enum CodingKeys: CodingKey { case state, seconds, afterwards, retryAfterSeconds, why }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        state = try container.decode(State.self, forKey: .state)
        seconds = try container.decodeIfPresent(Double.self, forKey: .seconds)
        afterwards = try container.decodeIfPresent(FrontGate.Afterwards.self, forKey: .afterwards)
        retryAfterSeconds = try container.decodeIfPresent(Int.self, forKey: .retryAfterSeconds)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
    }

    /// Refuses what cannot be meant.
    package func validate() throws(PoolError) {
        if why.utf8.count > ActionRequest.whyBytesMax {
            throw PoolError(.tooLarge, "why is longer than \(ActionRequest.whyBytesMax) bytes")
        }
        if let retryAfterSeconds, !(0...FrontGate.retryAfterMax).contains(retryAfterSeconds) {
            throw PoolError(
                .invalidArgument,
                "retryAfterSeconds \(retryAfterSeconds) is not in 0...\(FrontGate.retryAfterMax)"
            )
        }
        switch state {
        case .open:
            if seconds != nil { throw PoolError(.invalidArgument, "an open front has no end: leave seconds out") }
        case .hold:
            let most = Double(FrontGate.holdMax.components.seconds)
            guard let seconds, seconds > 0, seconds <= most else {
                throw PoolError(.invalidArgument, "a hold needs seconds, more than 0 and \(Int(most)) at most")
            }
        case .maintenance:
            if let seconds, !(seconds > 0 && seconds <= 31_536_000) {
                throw PoolError(.invalidArgument, "seconds \(seconds) is not more than 0 and a year at most")
            }
            if seconds == nil, afterwards != nil {
                throw PoolError(.invalidArgument, "maintenance without seconds has no end: leave afterwards out")
            }
        }
    }

    /// The gate that is asked for; nil opens.
    ///
    /// - Parameter spec: the front's, for what is not said.
    package func gate(_ spec: MaintenanceSpec, actor: String, now: Timestamp) -> FrontGate? {
        let until = seconds.map { Timestamp(microseconds: now.microseconds + Int64($0 * 1_000_000)) }
        switch state {
        case .open: return nil
        case .hold:
            return FrontGate(
                kind: .hold,
                until: until,
                afterwards: afterwards ?? .refuse,
                retryAfter: retryAfterSeconds ?? 5,
                since: now,
                actor: actor,
                why: why
            )
        case .maintenance:
            return FrontGate(
                kind: .maintenance,
                until: until,
                afterwards: afterwards ?? .serve,
                retryAfter: retryAfterSeconds ?? Int(spec.retryAfter.components.seconds),
                since: now,
                actor: actor,
                why: why
            )
        }
    }
}
