package import PoolAPI
package import PoolClient
package import PoolModel
package import PoolUI

/// All that is heard from the daemon: three streams that outlive its restarts, and the answers to what was asked.
///
/// State: the streams and what is under way; used by the one thread of the dashboard.
package final class DaemonFeed {
    /// Events and log lines that are fetched at the start.
    private static let eventsTail = 400
    private static let linesTail = 1000
    /// Silence of the state's stream after which its figures are called old: a heartbeat and two seconds for its way.
    /// The connection itself is given up later, by the follower.
    private static let silenceMax = StreamRecord.heartbeatInterval + .seconds(2)

    private let session: any PoolSession
    private var state: StreamFollower
    private var events: StreamFollower
    private var lines: StreamFollower?
    private var pool: String?
    private var lives: LogQuery.Lives?
    /// The last of all lines that came before only those of some processes were followed.
    private var heldAt: UInt64?
    private var requests: PendingRequests
    private var link: DaemonLink

    package init(session: any PoolSession) {
        self.session = session
        requests = PendingRequests(session: session)
        link = DaemonLink(socket: session.name)
        state = StreamFollower(.state(), on: session)
        events = DaemonFeed.follower(events: session, after: nil)
    }

    private static func follower(events session: any PoolSession, after sequence: UInt64?) -> StreamFollower {
        var query = EventQuery()
        query.tail = sequence == nil ? eventsTail : nil
        query.follow = true
        return StreamFollower(.events(query), on: session, after: sequence)
    }

    private static func follower(
        lines session: any PoolSession,
        pool: String,
        lives: LogQuery.Lives?,
        after sequence: UInt64?
    ) -> StreamFollower {
        var query = LogQuery()
        query.pool = pool
        query.life = lives
        query.tail = sequence == nil ? linesTail : nil
        query.follow = true
        return StreamFollower(.logs(query), on: session, after: sequence)
    }

    // MARK: what the loop needs

    /// Descriptors to wait for, and whether for writing too.
    package var descriptors: [(descriptor: Int32, isForWriting: Bool)] {
        let list = [state, events, lines].compactMap { follower in
            follower.flatMap { follower in follower.descriptor.map { ($0, follower.wantsToWrite) } }
        }
        return list + requests.descriptors
    }

    /// When ``step(now:)`` is due though nothing is readable.
    package var deadline: Duration {
        let streams = [state.deadline, events.deadline] + [lines?.deadline].compactMap { $0 }
        let silence = link.isLive ? [state.heardAt + DaemonFeed.silenceMax] : []
        return (streams + silence + requests.deadlines).min() ?? .zero
    }

    /// The pool whose log is wanted from now on, of all its workers' processes or of some.
    package func follow(pool name: String, lives: LogQuery.Lives? = nil) {
        var after: UInt64?
        if name == pool, lives != nil, self.lives == nil {
            heldAt = lines?.lastSequence
        } else {
            // Back to all lines: on from the last of them that came.
            if name == pool, lives == nil, self.lives != nil { after = heldAt }
            heldAt = nil
        }
        pool = name
        self.lives = lives
        lines = DaemonFeed.follower(lines: session, pool: name, lives: lives, after: after)
    }

    /// Tries again at once.
    package func reconnect() {
        state = StreamFollower(.state(), on: session)
        events = DaemonFeed.follower(events: session, after: events.lastSequence)
        if let pool {
            lines = DaemonFeed.follower(lines: session, pool: pool, lives: lives, after: lines?.lastSequence)
        }
    }

    /// Takes what has come; never blocks. `wall` is for the moment at which a connection was lost.
    package func step(now: Duration, wall: Timestamp) -> [Message] {
        var messages: [Message] = []
        for update in state.step(now: now) { messages += take(state: update, now: now, wall: wall) }
        messages += noticeSilence(now: now, wall: wall)
        for update in events.step(now: now) { messages += take(events: update) }
        for update in lines?.step(now: now) ?? [] { messages += take(lines: update) }
        return messages + requests.take(now: now)
    }

    // MARK: streams

    /// A daemon that hangs keeps its connections: what it said last must not pass for the present.
    private func noticeSilence(now: Duration, wall: Timestamp) -> [Message] {
        let silence = now - state.heardAt
        guard link.isLive, silence >= DaemonFeed.silenceMax else { return [] }
        link.phase = .silent
        link.lostAt = Timestamp(microseconds: wall.microseconds - Int64(silence.inSeconds * 1_000_000))
        link.reason = "the daemon at \(session.name) says nothing any more"
        return [.link(link)]
    }

    private func take(state update: StreamFollower.Update, now: Duration, wall: Timestamp) -> [Message] {
        switch update {
        case .connected:
            link.phase = .live
            link.reason = nil
            link.attempt = 1
            ask(.version(), now: now) { .version($0) }
            return [.link(link)]
        case .records(let records):
            var messages: [Message] = []
            if link.phase == .silent {
                link.phase = .live
                link.reason = nil
                messages.append(.link(link))
            }
            return messages
                + records.compactMap { record in
                    switch record.kind {
                    case .snapshot: message(record) { Message.state($0) }
                    case .change: message(record) { Message.changed($0) }
                    case .gap, .heartbeat: nil
                    }
                }
        case .lost(let error, let retryAt):
            if link.phase == .live { link.lostAt = wall }
            if link.phase != .connecting { link.phase = .lost }
            link.attempt += link.reason == nil ? 0 : 1
            link.reason = error.message
            link.remedy = error.remedy
            link.retryAt = retryAt
            return [.link(link)]
        }
    }

    private func take(events update: StreamFollower.Update) -> [Message] {
        guard case .records(let records) = update else { return [] }
        let events: [PoolEvent] = DaemonFeed.values(records)
        return DaemonFeed.gaps(records, "events") + (events.isEmpty ? [] : [.events(events)])
    }

    private func take(lines update: StreamFollower.Update) -> [Message] {
        guard case .records(let records) = update else { return [] }
        let lines: [LogRecord] = DaemonFeed.values(records)
        return DaemonFeed.gaps(records, "log lines") + (lines.isEmpty ? [] : [.lines(lines)])
    }

    private func message<Value: Decodable>(_ record: StreamRecord, _ make: (Value) -> Message) -> Message? {
        do {
            return make(try StreamJSON.decode(from: record.data))
        } catch {
            link.reason = "the daemon's \(record.kind.rawValue) is not understood: \(error.message)"
            return .link(link)
        }
    }

    /// The values of many records at once: one decoder for all is several times faster than one for each.
    private static func values<Value: Decodable>(_ records: [StreamRecord]) -> [Value] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for record in records where record.kind == .change || record.kind == .snapshot {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += record.data
        }
        bytes.append(UInt8(ascii: "]"))
        if let values = try? StreamJSON.decode([Value].self, from: bytes) { return values }
        // One that is not understood must not take the others with it.
        return records.compactMap { try? $0.decode() }
    }

    private static func gaps(_ records: [StreamRecord], _ name: String) -> [Message] {
        records.filter { $0.kind == .gap }.compactMap { record in
            (try? record.decode(StreamGap.self)).map {
                $0.reset ? .began(stream: name) : .gap(stream: name, count: $0.missed)
            }
        }
    }

    // MARK: requests

    /// Asks the daemon once; what was refused or lost is said, never sent again.
    package func perform(_ deed: Deed, key: IdempotencyKey?, now: Duration) -> [Message] {
        do {
            switch deed {
            case .act(let pool, let request):
                ask(try .act(on: pool, request, key: key), now: now, about: deed) { .accepted(deed, $0) }
            case .cancel(let operation):
                ask(.cancel(operation), now: now, about: deed) { .accepted(deed, $0) }
            case .reload(let request):
                ask(try .reload(request), now: now, about: deed) { .reloaded($0) }
            case .weigh(let pool, let request):
                ask(try .weigh(request, in: pool), now: now, about: deed) { .weighed(deed, $0) }
            case .deploy(let pool, let request):
                ask(try .deploy(to: pool, request, key: key), now: now, about: deed) { .accepted(deed, $0) }
            case .gate(let pool, let request):
                ask(try .gate(request, of: pool), now: now, about: deed) { .gated(deed, $0) }
            }
            return []
        } catch {
            return [.refused(deed, PoolError(.internal, "\(error)"))]
        }
    }

    /// Asks what is looked at now; every question is answered, if only by why there is no answer.
    package func ask(_ question: Question, now: Duration) {
        let failing: (SessionError, Bool) -> Message = { error, _ in
            .unanswered(question, PendingRequests.poolError(error))
        }
        switch question {
        case .detail(let worker): requests.begin(.detail(of: worker), now: now, failing: failing) { .detail($0) }
        case .front(let pool): requests.begin(.front(of: pool), now: now, failing: failing) { .front($0) }
        case .profile(let pool): requests.begin(.profile(of: pool), now: now, failing: failing) { .profile($0) }
        case .plan(let pool):
            guard let request = try? APIRequest.reload(ReloadRequest(pool: pool, dryRun: true)) else { return }
            requests.begin(request, now: now, failing: failing) { .plan($0, pool: pool) }
        }
    }

    private func ask<Reply>(
        _ request: APIRequest<Reply>,
        now: Duration,
        about deed: Deed? = nil,
        _ make: @escaping (Reply) -> Message
    ) {
        let failing: (SessionError, Bool) -> Message = { [unowned self] error, wasSent in
            // The closure is kept by this feed alone; how the link stands is said as it is by then.
            guard let deed else { return .link(link) }
            let isUnknown = wasSent && (error.kind == .timedOut || error.kind == .cut)
            let reason = PendingRequests.poolError(error)
            return isUnknown ? .unknown(deed, reason) : .refused(deed, reason)
        }
        requests.begin(request, now: now, failing: failing, make)
    }
}
