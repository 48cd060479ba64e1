internal import PoolModel

extension PoolMachine {
    /// Looks at what the pool carries; once a second.
    ///
    /// - Returns: the number of workers that is to be asked for, with the reason; nil where nothing is. A dry run is
    ///   told by an event, and asks for nothing.
    package mutating func considerScaling(
        queued: UInt64,
        busy: Double?,
        at moment: Moment
    ) -> (decision: ScaleDecision?, actions: [PoolAction]) {
        let rules = state.spec.scale
        // An operation that is under way, or was asked for, has the say; so has who holds the front: what waits then
        // waits for its opening.
        guard !state.isShuttingDown, state.gate == nil, !state.unfinished.contains(where: \.isQueued) else {
            return (nil, [])
        }
        guard rules.auto != .off || state.scaling != nil else { return (nil, []) }
        let present = state.workers.filter { !$0.isSurge && !$0.isRetiring }
        let sample = ScaleSample(
            workers: present.count,
            queued: queued,
            busy: busy,
            isSettling: present.contains { $0.isComing } || !present.contains { $0.isReady }
        )
        var machine = state.scaling ?? ScaleMachine()
        let decision = machine.decide(sample, rules: rules, now: moment.now)
        state.scaling = rules.auto == .off ? nil : machine
        guard let decision else { return (nil, []) }
        persistSoon()
        guard rules.auto == .dryRun else { return (decision, endTurn(at: moment)) }
        emit(
            .operation,
            .notice,
            "would scale \(state.spec.name) from \(present.count) to \(decision.count) workers: \(decision.why) (dry run)",
            actor: PoolMachine.autoscaler,
            at: moment
        )
        return (nil, endTurn(at: moment))
    }

    /// Who asks for what is done by load.
    package static let autoscaler = "autoscale"
}
