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
            case .workers, .detail, .health, .operations: (.workers, table.filter)
            case .logs: (.logs, logs.filter)
            case .events: (.events, eventList.filter)
            }
        if self.view != view { show(view) }
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
        let wanted: Set<Int> =
            switch view {
            case .events: Set([selectedEvent?.worker?.number].compactMap { $0 })
            case .workers, .detail, .logs, .health, .operations: targets
            }
        if view == .logs, !logs.workers.isEmpty {
            logs.setWorkers([])
        } else {
            logs.setWorkers(wanted)
        }
        show(.logs)
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
