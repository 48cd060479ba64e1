internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Which keys do something now: what is pressed acts on what is looked at, and the key bar offers nothing else.
extension DashboardModel {
    /// Whether a key does something in the view as it is shown.
    func acts(_ binding: Binding) -> Bool {
        guard binding.acts(in: view) else { return false }
        // The detail has its worker's log only while that is what it shows.
        return !(view == .detail && binding.command.readsLog) || hasLogInDetail
    }

    /// Whether the key bar names it: what is refused now, or would change nothing, is left out.
    func isOffered(_ binding: Binding) -> Bool {
        guard acts(binding) else { return false }
        switch binding.command {
        case .reconnect: return !link.isLive
        case .open where view == .operations: return openOperation == nil && !shownOperations.isEmpty
        case .back: return view != .workers || canNarrowBack
        case .cancelOperation where !shownOperations.contains(where: { !$0.state.isFinished }): return false
        default: return !binding.asks || actionsRefused == nil
        }
    }

    /// Says where a key does something that does nothing here.
    mutating func sayWhere(_ key: Key, _ binding: Binding) {
        if binding.acts(in: view) {
            guard view == .detail, detailPane == .log else {
                return say("\(key.name) acts on the log: i shows it", .dim)
            }
            let logs = ViewName.logs
            return say("\(key.name) acts on the log, for which there is no room here: \(logs.rawValue) shows it", .dim)
        }
        let views = ViewName.allCases.filter { binding.views.contains($0) }.map { "\($0.title) (\($0.rawValue))" }
        say("\(key.name), \(binding.help), belongs to \(views.joined(separator: ", "))", .dim)
    }

    private var hasLogInDetail: Bool { detailPane == .log && !ScreenLayout(self).logs.isEmpty }

    /// Whether one step back in the table takes something away.
    private var canNarrowBack: Bool {
        !table.tagged.isEmpty || table.filter != nil || logs.filter != nil || logs.search != nil
            || logs.minimum > .debug
    }
}

extension Command {
    /// Whether it acts on the lines of a log that is shown.
    var readsLog: Bool {
        switch self {
        case .filter, .nextMatch, .previousMatch, .follow, .level, .nextError, .previousError, .wrap, .mark, .nextMark,
            .time, .pager:
            true
        default: false
        }
    }
}
