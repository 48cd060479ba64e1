internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Filter, sort, tags; and what the log view does.
extension DashboardModel {
    mutating func find(_ command: Command) {
        switch command {
        case .filter: openFilter()
        case .nextMatch: jump(forward: true)
        case .previousMatch: jump(forward: false)
        case .nextSort: sort(step: 1)
        case .previousSort: sort(step: -1)
        case .reverseSort:
            table.isDescending.toggle()
            arrange(force: true)
        case .freeze:
            table.isFrozen.toggle()
            say(
                table.isFrozen ? "the order of rows is frozen; Z again lets it go" : "the order follows the figures",
                .info
            )
            arrange()
        case .tag: tag()
        case .untagAll: table.tagged = []
        case .invertTags: table.tagged = Set(table.order).subtracting(table.tagged)
        case .hideStopped:
            table.hidesStopped.toggle()
            say(table.hidesStopped ? "workers without a process are hidden" : "all workers are shown", .info)
            arrange(force: true)
        default: preconditionFailure("illegal: \(command) does not find")
        }
    }

    private mutating func openFilter() {
        let (view, before): (ViewName, Pattern?) =
            switch self.view {
            case .workers, .health, .operations, .fronts, .config, .pools: (.workers, table.filter)
            // The detail's own log.
            case .detail, .logs: (.logs, logs.filter)
            case .events: (.events, eventList.filter)
            }
        if self.view != view, self.view != .detail { show(view) }
        let editor = LineEditor(text: before?.source ?? "", history: filterHistory.lines)
        dialog = .filter(FilterPrompt(editor: editor, before: before, view: view))
    }

    private mutating func sort(step: Int) {
        let shown = WorkerTableView.sortable(self)
        guard !shown.isEmpty else { return }
        let index = shown.firstIndex(of: table.sort) ?? 0
        sort(by: shown[(index + step + shown.count) % shown.count])
    }

    /// Sorts by a column; the same again turns the order around.
    mutating func sort(by column: WorkerColumn) {
        if table.sort == column {
            table.isDescending.toggle()
        } else {
            table.sort = column
            table.isDescending = column.startsDescending
        }
        arrange(force: true)
    }

    private mutating func tag() {
        guard let selected = table.selected else { return }
        if table.tagged.remove(selected) == nil { table.tagged.insert(selected) }
        move(by: 1)
    }

    mutating func runLogs(_ command: Command) {
        let rows = ScreenLayout(self).logRows
        switch command {
        case .follow: if logs.isFollowing { logs.pause(rows: rows) } else { logs.follow() }
        case .level: logs.raiseLevel()
        case .nextError: jumpOrSay(forward: true, "no error after this line") { $0.level >= .error }
        case .previousError: jumpOrSay(forward: false, "no error before this line") { $0.level >= .error }
        case .wrap: logs.isWrapped.toggle()
        case .mark: logs.toggleMark()
        case .nextMark: jumpOrSay(forward: true, "no mark after this line") { $0.isMarked }
        case .logsOfWorker: showLogsOfTargets()
        case .time:
            let styles = LogPane.TimeStyle.allCases
            let index = styles.firstIndex(of: logs.timeStyle) ?? 0
            logs.timeStyle = styles[(index + 1) % styles.count]
        case .toggleLogs: showsLogs.toggle()
        default: preconditionFailure("illegal: \(command) is not of the log view")
        }
        scroll()
    }

    private mutating func showLogsOfTargets() {
        let event = view == .events ? selectedEvent : nil
        let wanted: Set<Int> =
            switch view {
            case .events: Set([event?.worker?.number].compactMap { $0 })
            case .detail: Set([table.selected].compactMap { $0 })
            case .workers, .logs, .health, .operations, .fronts, .config, .pools: targets
            }
        let isUndone = view == .logs && !logs.workers.isEmpty
        // The detail's own narrowing is over: what is asked for here holds.
        logWorkersBefore = nil
        logs.setWorkers(isUndone ? [] : wanted)
        show(.logs)
        guard let event else { return }
        // A moment is looked at with all its lines.
        logs.setFilter(nil)
        logs.setMinimum(.debug)
        while logs.unsearched > 0 { logs.searchSlice() }
        let rows = ScreenLayout(self).logRows
        logs.moveToFirst(rows: rows)
        if !logs.jump(forward: true, rows: rows, to: { $0.at >= event.at }) {
            logs.follow()
            say("no line is as late as the event", .dim)
        }
    }

    /// The lines of the processes before the present ones, of the workers that are shown: a crash's last words; again:
    /// all lines, as they were left: the reader's line, the marks and the pause.
    mutating func showLogsBefore() -> [Effect] {
        guard let pool else { return [] }
        if let aside = logsAside {
            let workers = logs.workers
            logs = aside
            logsAside = nil
            // Another worker's detail may have been opened meanwhile.
            if logs.workers != workers { logs.setWorkers(workers) }
        } else {
            logsAside = logs
            logs.lives = .previous
            logs.clear()
        }
        say(
            logs.lives == nil ? "the lines of all processes" : "only lines of the processes before the present ones",
            .info
        )
        return [.follow(pool: pool.name, logs.lives)]
    }

    private mutating func jump(forward: Bool) {
        guard let pattern = logs.search ?? logs.filter else {
            say("nothing to look for: / and a text, Tab for search only", .dim)
            return
        }
        jumpOrSay(forward: forward, "no match \(forward ? "after" : "before") this line") { pattern.accepts($0.text) }
    }

    private mutating func jumpOrSay(forward: Bool, _ text: String, to accepts: (LogRow) -> Bool) {
        if !logs.jump(forward: forward, rows: ScreenLayout(self).logRows, to: accepts) { say(text, .dim) }
    }

    /// The lines that are shown, for the pager.
    var logText: String {
        (0..<logs.count).map { index in
            let row = logs.row(index)
            return "\(row.at) \(row.worker < 0 ? "-" : "\(pool?.name ?? "")_\(row.worker)") \(row.text)\n"
        }.joined()
    }
}
