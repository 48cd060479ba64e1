package import PoolAPI
package import PoolModel
package import PoolScreen

/// What happens to the dashboard.
package enum Message: Sendable {
    case key(Key)
    case resized(Size)
    /// Time has passed: the wall clock and the time since the start.
    case clock(now: Timestamp, uptime: Duration)
    case link(DaemonLink)
    case version(VersionReply)
    /// The first record of the state stream, also after every reconnect.
    case state(StateSnapshot)
    case changed(StateChange)
    case events([PoolEvent])
    case lines([LogRecord])
    /// The daemon has left out so many records, because this reader was too slow.
    case gap(stream: String, count: UInt64)
    /// The daemon does not know the number that the stream was taken up at: what follows begins anew.
    case began(stream: String)
    case detail(WorkerDetail)
    case front(FrontReply)
    case profile(ProfileReply)
    case plan(ReloadReply, pool: String)
    case unanswered(Question, PoolError)
    /// A deed was accepted.
    case accepted(Deed, Operation)
    case reloaded(ReloadReply)
    case weighed(Deed, WorkerList)
    /// A front was held, closed or opened: what the pool is like now.
    case gated(Deed, PoolSnapshot)
    case refused(Deed, PoolError)
    /// A deed was sent, and no answer came: it may have been carried out, or may be still.
    case unknown(Deed, PoolError)
    /// The next slice of a search through old log lines.
    case continueSearch
}

/// What the dashboard wants done outside of it.
package enum Effect: Hashable, Sendable {
    case quit
    case suspend
    case redraw
    case reconnect
    case perform(Deed)
    /// Another pool is shown: its log lines are wanted from now on.
    case follow(pool: String, LogQuery.Lives?)
    case ask(Question)
    /// Text for the clipboard (OSC 52).
    case copy(String)
    /// Text for the pager.
    case page(String)
    case setMouse(Bool)
    case setRate(Double)
    case setTheme(String)
    /// Write the settings that hold now to their file.
    case saveSettings
    /// Old log lines are still to be searched: say ``Message/continueSearch`` when nothing else waits.
    case continueSearch
}

/// Something that changes the pool: it was confirmed, and goes to the daemon once.
package enum Deed: Hashable, Sendable {
    case act(pool: String, ActionRequest)
    case cancel(OperationID)
    case reload(ReloadRequest)
    case weigh(pool: String, WeightRequest)
    case deploy(pool: String, DeployRequest)
    case gate(pool: String, GateRequest)

    /// In two words, for the line that says what became of it.
    package var text: String {
        switch self {
        case .act(_, let request):
            request.workers.isEmpty
                ? "\(request.verb.rawValue) all" : "\(request.verb.rawValue) \(request.workers.joined(separator: " "))"
        case .cancel(let operation): "cancel \(operation)"
        case .reload(let request): request.pool.map { "reload \($0)" } ?? "reload"
        case .weigh(_, let request): "weight \(request.weight) for \(request.workers.joined(separator: " "))"
        case .deploy(let pool, _): "deploy \(pool)"
        case .gate(let pool, let request):
            request.state == .open ? "open the front of \(pool)" : "\(request.state.rawValue) of \(pool)"
        }
    }
}
