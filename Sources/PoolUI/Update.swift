internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The dashboard's only writer: what happens to the model, and what is to be done outside of it. Reads no clock and opens
/// nothing, so that every story can be told in a test.
package func update(_ model: inout DashboardModel, _ message: Message) -> [Effect] {
    switch message {
    case .key(let key):
        model.hasSeenKey = true
        return model.press(key)
    case .resized(let size):
        model.size = size
        model.scroll()
    case .clock(let now, let uptime):
        model.now = now
        model.uptime = uptime
        model.logs.measure(at: uptime)
        if let notice = model.notice, uptime >= notice.until { model.notice = nil }
        return model.inquire() + (model.logs.unsearched > 0 ? [.continueSearch] : [])
    case .link(let link):
        model.take(link)
    case .version(let version):
        model.daemon = version
    case .state(let state):
        return model.take(state)
    case .changed(let change):
        guard var state = model.state else { return [] }
        // With one owner only it is changed where it is: a copy of a thousand workers costs more than their change.
        model.state = nil
        state.merge(change)
        return model.take(state)
    case .events(let events):
        model.take(events)
    case .lines(let lines):
        // The first ones are the tail of what was written before.
        let fresh = lines.count { model.now.seconds - $0.at.seconds < 5 }
        model.logs.append(lines.map { LogRow($0) }, fresh: fresh)
    case .gap(let stream, let count):
        let text = "\(count) \(stream) were left out: the daemon could not send them fast enough"
        if stream == "log lines" { model.logs.append([LogRow(notice: text, at: model.now)]) }
        model.say(text, .warn)
    case .began(let stream):
        let text = "the daemon's \(stream) begin anew: it does not know the last one that was shown"
        if stream == "log lines" { model.logs.append([LogRow(notice: text, at: model.now)]) }
        if stream == "events" { model.events = [] }
        model.say(text, .warn)
    case .detail(let detail):
        model.inquiry.detail = detail
        model.inquiry.answered(.detail(detail.worker))
    case .front(let front):
        model.inquiry.front = front
        model.inquiry.answered(.front(pool: front.pool))
    case .profile(let profile):
        model.inquiry.take(profile)
        model.inquiry.answered(.profile(pool: profile.pool))
    case .plan(let plan, let pool):
        model.inquiry.plan = plan
        model.inquiry.answered(.plan(pool: pool))
    case .unanswered(let question, let error):
        model.inquiry.failed(question, "\(error)")
    case .weighed(let deed, let workers):
        model.say("\(deed.text): done for \(Figures.plural(workers.workers.count, "worker"))", .ok)
    case .gated(let deed, let pool):
        model.take(gateOf: pool)
        model.say("\(deed.text): \(pool.gate?.words(now: model.now) ?? "open")", pool.gate == nil ? .ok : .warn)
    case .accepted(let deed, let operation):
        model.take(operation)
        model.say("\(operation.id): \(deed.text) \(operation.state.rawValue)", .ok)
    case .reloaded(let reply):
        let pools = reply.pools.map { "\($0.pool) \($0.outcome.rawValue)" }.joined(separator: ", ")
        model.say(
            "reload: \(pools.isEmpty ? "no pools" : pools)",
            reply.pools.contains { $0.outcome == .refused } ? .bad : .ok
        )
    case .refused(let deed, let error):
        model.say("\(deed.text) refused: \(error)", .bad)
    case .unknown(let deed, let error):
        let text = LogText.clean("\(deed.text): not known whether it was or will be carried out: \(error)")
        model.notice = Notice(text, .bad, until: model.uptime + DashboardModel.unknownShownFor)
    case .continueSearch:
        model.logs.searchSlice()
    }
    return model.logs.unsearched > 0 ? [.continueSearch] : []
}
