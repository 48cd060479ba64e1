internal import PoolAPI
internal import PoolModel

/// Pool's own upgrade: keeper, manager and proxy become those of another program; no worker is touched, no request lost.
///
/// | step | who |
/// |---|---|
/// | the program is asked whether it takes the handover; the operation is in the state file | this manager |
/// | the keeper executes the program in its own process, and ends this manager | keeper |
/// | the next manager takes over, sees that it is the program, and has the proxy replaced | the next manager |
/// | the next manager sees that it is not: the operation is rolled back | the next manager |
extension Manager {
    func upgradeDaemon(_ request: UpgradeRequest, actor: String) async throws -> Operation {
        try request.validate()
        try checkUpgradeable()
        let path = request.program ?? driver.program.path
        let driver = driver
        let answer: Result<ProgramOffer, PoolError> = await withCheckedContinuation { continuation in
            driver.checkProgram(path) { continuation.resume(returning: $0) }
        }
        let offer = try answer.get()
        // The program took its time to answer.
        try checkUpgradeable()
        let operation = Operation(
            id: takeOperationID(),
            verb: .upgrade,
            pool: "",
            actor: actor,
            why: request.why,
            state: .running,
            createdAt: clock.wall
        )
        upgrade = Upgrading(operation: operation, program: offer.file, version: offer.version)
        let why = request.why.isEmpty ? "" : ": \(request.why)"
        report(
            .notice,
            .daemon,
            nil,
            "upgrade (\(operation.id)) to \(offer.version) of \(path) began\(why)",
            actor: actor
        )
        followers.bump(.operations)
        save()
        await savedAll()
        driver.upgrade(to: path) { [self] reason in
            Task { await self.endUpgrade(.failed, "the keeper cannot become \(path): \(reason)") }
        }
        return operation
    }

    private func checkUpgradeable() throws(PoolError) {
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        if let upgrade, upgrade.isUnderWay {
            throw PoolError(.conflict, "\(upgrade.operation.id) is under way already")
        }
        guard driver.canUpgrade else {
            throw PoolError(
                .conflict,
                "the keeper that runs is of a version that cannot become another program",
                remedy: "restart the daemon once; workers that are running are ended by that"
            )
        }
    }

    /// Goes on with an upgrade that the manager before began. Called once, when everything is taken over.
    func continueUpgrade() {
        guard let upgrade, upgrade.isUnderWay else { return }
        guard driver.program.isSame(as: upgrade.program) else {
            return endUpgrade(
                .rolledBack,
                "version \(upgrade.version) did not come up; \(driver.program.path) of before runs on"
            )
        }
        driver.replaceProxy(loops: nil, drainLimit: nil) { [self] result in
            Task { await self.proxyUpgraded(result) }
        }
    }

    private func proxyUpgraded(_ result: Result<ProxyReplacement, PoolError>) {
        guard let upgrade, upgrade.isUnderWay else { return }
        switch result {
        case .success(let replacement):
            let proxy = replacement.process.map { ", proxy \($0.pid)" } ?? ""
            endUpgrade(.succeeded, "version \(upgrade.version) runs: manager \(identity.pid)\(proxy)")
        case .failure(let problem):
            endUpgrade(
                .failed,
                "keeper and manager are of version \(upgrade.version); the proxy of before serves on: \(problem.message)"
            )
        }
    }

    private func endUpgrade(_ state: Operation.State, _ result: String) {
        guard var ended = upgrade, ended.isUnderWay else { return }
        ended.operation.state = state
        ended.operation.result = result
        ended.operation.finishedAt = clock.wall
        upgrade = ended
        let operation = ended.operation
        let text = "upgrade (\(operation.id)) \(state.rawValue): \(result)"
        report(state == .succeeded ? .notice : .error, .daemon, nil, text, actor: operation.actor)
        followers.bump(.operations)
        stateChanged()
        save()
    }
}
