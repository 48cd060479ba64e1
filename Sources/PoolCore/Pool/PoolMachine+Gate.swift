package import PoolModel

extension PoolMachine {
    /// Holds the front, takes it into maintenance, or opens it (nil).
    package mutating func setGate(
        _ gate: FrontGate?,
        actor: String,
        why: String,
        at moment: Moment
    ) -> [PoolAction] {
        guard gate != nil || state.gate != nil else { return [] }
        state.gate = gate
        let reason = why.isEmpty ? "" : ": \(why)"
        emit(
            .admin,
            .notice,
            "\(state.spec.name) \(PoolMachine.words(for: gate, at: moment))\(reason)",
            actor: actor,
            at: moment
        )
        return gateChanged(at: moment)
    }

    /// The time of a hold or of a maintenance may be over. Called now and again; the proxies keep the time by themselves.
    package mutating func checkGate(at moment: Moment) -> [PoolAction] {
        guard let gate = state.gate, !gate.isOver, let until = gate.until, until <= moment.wall else { return [] }
        let name = state.spec.name
        switch gate.afterwards {
        case .serve:
            state.gate = nil
            emit(.admin, .notice, "\(name) is open again: the time is over", at: moment)
        case .refuse:
            state.gate?.isOver = true
            emit(
                .admin,
                .warning,
                "\(name) refuses requests: the time of its hold is over, and nobody has opened it",
                at: moment
            )
        }
        return gateChanged(at: moment)
    }

    private mutating func gateChanged(at moment: Moment) -> [PoolAction] {
        persistNow()
        turn.areRoutesDue = true
        return endTurn(at: moment)
    }

    private static func words(for gate: FrontGate?, at moment: Moment) -> String {
        guard let gate else { return "is open again" }
        let seconds = gate.until.map { max(0, ($0.microseconds - moment.wall.microseconds + 999_999) / 1_000_000) }
        switch (gate.kind, seconds) {
        case (.hold, let seconds): return "is held for \(seconds ?? 0) s"
        case (.maintenance, nil): return "is in maintenance"
        case (.maintenance, let seconds?): return "is in maintenance for \(seconds) s"
        }
    }
}
