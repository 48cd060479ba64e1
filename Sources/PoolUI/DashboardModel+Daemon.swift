internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// What comes from the daemon.
extension DashboardModel {
    mutating func take(_ link: DaemonLink) {
        let was = self.link
        self.link = link
        if link.isLive, was.isStale, let lostAt = was.lostAt {
            let again = was.phase == .lost ? "connected again" : "the daemon answers again"
            say("\(again) after \(Figures.age(now.seconds - lostAt.seconds)) without data", .ok)
        }
    }

    mutating func take(_ newer: StateSnapshot) -> [Effect] {
        state = newer
        let names = Set(newer.pools.map(\.name))
        figures = figures.filter { names.contains($0.key) }
        for pool in newer.pools { figures[pool.name, default: PoolFigures()].take(pool, at: newer.at) }
        for operation in newer.operations.reversed() { take(operation) }
        let wanted = poolName ?? settings.pool
        guard let name = newer.pools.first(where: { $0.name == wanted })?.name ?? newer.pools.first?.name else {
            table.arrange([], all: [], isHeld: false)
            return []
        }
        guard name != poolName else {
            arrange()
            return []
        }
        return show(pool: name)
    }

    /// Shows another pool: its own table, its own log.
    mutating func show(pool name: String) -> [Effect] {
        poolName = name
        table.tagged = []
        table.selected = nil
        table.top = 0
        logs.clear()
        logs.setMinimum(.debug)
        logs.lives = nil
        logsAside = nil
        logWorkersBefore = view == .detail ? [] : nil
        logs.setWorkers([])
        inquiry = Inquiry()
        pageTop = 0
        eventList = ListState()
        operationList = ListState()
        openedOperation = nil
        arrange(force: true)
        return [.follow(pool: name, nil)]
    }

    mutating func take(_ newer: [PoolEvent]) {
        guard let first = newer.first else { return }
        // A stream that begins again sends what is known already.
        if let last = events.last, first.sequence <= last.sequence {
            let known = Set(events.map(\.sequence))
            events.append(contentsOf: newer.filter { !known.contains($0.sequence) }.map(cleaned))
        } else {
            events.append(contentsOf: newer.map(cleaned))
        }
        if events.count > DashboardModel.eventsMax { events.removeFirst(events.count - DashboardModel.eventsMax) }
        if eventList.selected > 0 {
            eventList.selected = min(eventList.selected + newer.count, max(0, shownEvents.count - 1))
        }
        scroll()
    }

    /// The message holds what others wrote: a probe's answer, a reason.
    private func cleaned(_ event: PoolEvent) -> PoolEvent {
        var event = event
        event.message = LogText.clean(event.message)
        event.actor = event.actor.map { LogText.clean($0) }
        return event
    }

    mutating func take(_ operation: PoolModel.Operation) {
        if let index = operations.firstIndex(where: { $0.id == operation.id }) {
            // A late answer never wins over what the stream said since.
            guard !operations[index].state.isFinished || operation.state.isFinished else { return }
            let ended = operation.state.isFinished && !operations[index].state.isFinished
            operations[index] = operation
            if ended {
                // There is nothing left to cancel.
                if case .confirm(let question) = dialog, question.deed == .cancel(operation.id) { dialog = nil }
                say(operation.summary, operation.state.role)
            }
        } else {
            let index = operations.firstIndex { $0.id < operation.id } ?? operations.count
            operations.insert(operation, at: index)
            if operations.count > DashboardModel.operationsMax {
                operations.remove(at: operations.lastIndex { $0.state.isFinished } ?? operations.count - 1)
            }
        }
    }

    /// A front's gate as an answer told it: the stream would say it within a second.
    mutating func take(gateOf pool: PoolSnapshot) {
        guard let index = state?.pools.firstIndex(where: { $0.name == pool.name }) else { return }
        state?.pools[index].gate = pool.gate
    }

    /// Sorts and filters the table anew, unless its order is held.
    mutating func arrange(force: Bool = false) {
        let workers = pool?.workers ?? []
        let rows = table.rows(of: workers) { line($0) }
        let isHeld = !force && table.isHeld(at: uptime)
        table.arrange(rows, all: workers.lazy.map(\.status.id.number), isHeld: isHeld)
        narrowLog()
        scroll()
    }

    /// Brings the selected rows back into their views, after a change of size or of what is shown.
    mutating func scroll() {
        let layout = ScreenLayout(self)
        table.scroll(rows: layout.tableRows)
        eventList.move(by: 0, count: shownEvents.count, height: EventsView.rows(layout.body))
        poolList.move(by: 0, count: pools.count, height: PoolsView.rows(layout.body))
        operationList.move(by: 0, count: shownOperations.count, height: OperationsView.rows(layout.body))
        if pageTop > 0 { movePage(by: 0, layout) }
    }

    mutating func say(_ text: String, _ role: Role) {
        notice = Notice(LogText.clean(text), role, until: uptime + Notice.shownFor)
    }
}

extension PoolModel.Operation {
    /// One line: `op-17 restart succeeded: 2 workers restarted`.
    var summary: String {
        let done = steps.count { $0.state.isFinished }
        let progress = steps.isEmpty ? "" : " \(done)/\(steps.count)"
        let running = steps.first { $0.state == .running }.map { ": \($0.worker) \($0.detail)" } ?? ""
        let text = result.map { ": \($0)" } ?? progress + running
        return LogText.clean("\(id) \(verb.rawValue) \(state.rawValue)\(text)")
    }
}

extension PoolModel.Operation.State {
    var role: Role {
        switch self {
        case .queued: .dim
        case .running, .paused: .info
        case .succeeded: .ok
        case .failed, .rolledBack: .bad
        case .cancelled: .warn
        }
    }
}
