internal import PoolCore
internal import PoolModel

extension Manager {
    /// What the state file is to hold now.
    var state: DaemonState {
        DaemonState(
            keeper: identity.keeper,
            eventSequence: events.lastSequence,
            logSequence: driver.lastLine,
            nextOperation: nextOperation,
            pools: pools.map {
                DaemonState.Pool(
                    profilePath: $0.profilePath,
                    profileError: $0.profileError,
                    state: $0.machine.state,
                    isLeaving: $0.isLeaving ? true : nil
                )
            },
            slots: slots.entries,
            upgrade: upgrade
        )
    }

    /// Writes the state file; the pool's further actions wait for it.
    func save(holding pool: String? = nil) {
        guard saving.request(holding: pool) else { return }
        write()
    }

    private func write() {
        lastSave = clock.now
        driver.save(state) { [self] failure in
            // The write ends on a thread of its own; this is the way back to ours.
            Task { await self.saved(failure) }
        }
    }

    /// The state file was written, or could not be: then the pools go on without it, which is better than not at all.
    private func saved(_ failure: String?) {
        driver.saved(isWritten: failure == nil)
        if failure != saveFailure {
            if let failure {
                report(.error, .daemon, nil, "the state cannot be saved, and is tried again: \(failure)")
            } else {
                report(.notice, .daemon, nil, "the state is saved again")
            }
            saveFailure = failure
        }
        if failure != nil { saving.isDue = true }
        let hasMore = saving.complete()
        if hasMore { write() }
        handleAll()
        guard !saving.isWriting else { return }
        endIfStopped()
        for waiter in saving.takeWaiters() { waiter.resume() }
    }

    /// Writes what is due at the end of a turn, unless it was written a moment ago: the tick writes that.
    func saveIfDue() {
        guard saving.isDue, !saving.isWriting, clock.now - lastSave > .milliseconds(200) else { return }
        save()
    }

    /// Returns when everything asked for until now is in the state file.
    func savedAll() async {
        guard saving.isWriting else { return }
        await withCheckedContinuation { saving.wait($0) }
    }
}
