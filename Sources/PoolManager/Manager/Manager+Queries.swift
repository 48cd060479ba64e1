internal import PoolAPI
internal import PoolCore
internal import PoolModel

/// What the control socket asks. All of it is in memory, but for older log lines, which are looked for on another
/// thread: a read never holds up another one.
extension Manager {
    func version(for access: AccessLevel) -> VersionReply {
        VersionReply(
            pid: identity.pid,
            keeperPid: identity.keeper?.pid,
            startedAt: identity.startedAt,
            runtimeDirectory: identity.runtimeDirectory,
            stateDirectory: identity.stateDirectory,
            access: access
        )
    }

    func health() -> HealthReply { HealthReply(pools: current.pools) }

    /// The state, and its version to wait for the next one.
    func state(pool: String?) throws(PoolError) -> (StateSnapshot, UInt64) {
        var state = current
        if let pool {
            state.pools = [try self.pool(named: pool)]
            state.operations.removeAll { $0.pool != pool && !$0.pool.isEmpty }
        }
        return (state, followers.version(.state))
    }

    func pool(named name: String) throws(PoolError) -> PoolSnapshot {
        guard let pool = current.pools.first(where: { $0.name == name }) else {
            let remedy = NearestName.hint(pools.map(\.name), to: name)
            throw PoolError(.notFound, "pool \(name) does not exist", remedy: remedy)
        }
        return pool
    }

    func workers(of pool: String, selectors: [String]) throws(PoolError) -> [WorkerSnapshot] {
        let workers = try self.pool(named: pool).workers
        guard let chosen = try choose(selectors, pool: pool) else { return workers }
        return workers.filter { chosen.contains($0.status.id) }
    }

    func worker(named name: String) throws(PoolError) -> WorkerSnapshot {
        let workers = current.pools.flatMap(\.workers)
        guard let worker = workers.first(where: { $0.name == name }) else {
            let remedy = NearestName.hint(workers.map(\.name), to: name)
            throw PoolError(.notFound, "worker \(name) does not exist", remedy: remedy)
        }
        return worker
    }

    /// What `GET /metrics` shows.
    func metrics() -> MetricsPage {
        var latencies: [WorkerID: MetricsPage.Latency] = [:]
        for worker in current.pools.flatMap(\.workers) {
            guard let slot = slots[worker.status.id] else { continue }
            latencies[worker.status.id] = driver.latencies(slot: slot)
        }
        let proxy = driver.proxyFigures
        let shipped = shipments.sorted { $0.key < $1.key }.map { receiver, shipment in
            ControlStats.Shipped(to: receiver, sent: shipment.sent, dropped: shipment.dropped)
        }
        return MetricsPage(
            state: current,
            latencies: latencies,
            proxy: proxy,
            startedAt: identity.startedAt,
            control: ControlStats(readersCut: readersCut, shipped: shipped),
            certificates: certificates()
        )
    }

    func stats(pool: String?, workers: [String]) throws(PoolError) -> (StatsReply, UInt64) {
        let (state, _) = try state(pool: pool)
        let figures = state.pools.map(PoolStats.init)
        var reply = StatsReply(at: state.at, pools: figures, proxy: driver.proxyFigures, host: driver.hostFigures)
        if let chosen = try choose(workers, pool: pool) {
            for index in reply.pools.indices { reply.pools[index].workers.removeAll { !chosen.contains($0.worker) } }
            // A pool of which nobody was meant is not meant.
            reply.pools.removeAll(where: \.workers.isEmpty)
        }
        return (reply, followers.version(.stats))
    }

    /// Operations, the newest first; of one id exactly that, or an error.
    func operations(pool: String?, id: OperationID?) throws(PoolError) -> ([Operation], UInt64) {
        if let pool { _ = try self.pool(named: pool) }
        let all = allOperations.filter { (pool == nil || $0.pool == pool) && (id == nil || $0.id == id) }
        if let id, all.isEmpty { throw PoolError(.notFound, "operation \(id) does not exist, or is forgotten") }
        return (all, followers.version(.operations))
    }

    func events(_ query: EventQuery, after: UInt64?, limit: Int) throws(PoolError) -> EventPage {
        if let pool = query.pool { _ = try self.pool(named: pool) }
        let chosen = try choose(query.workers, pool: query.pool)
        var query = query
        // A number from the future is one of another state directory: the reader begins anew with what is kept.
        let isReset = (after ?? query.after).map { $0 > events.lastSequence } ?? false
        let position = isReset ? 0 : after ?? query.after
        query.after = position
        let isWanted = { (event: PoolEvent) in query.admits(event, chosen: chosen) }
        let version = followers.version(.events)
        guard let after = position ?? (query.since == nil || query.tail != nil ? nil : 0) else {
            let newest = events.newest(min(limit, query.tail ?? EventQuery.tailDefault), where: isWanted)
            return EventPage(events: newest, next: events.lastSequence, missed: 0, version: version)
        }
        let page = events.page(after: after, limit: limit, where: isWanted)
        return EventPage(
            events: page.events,
            next: page.next,
            missed: page.missed,
            isReset: isReset,
            version: version
        )
    }

    func lines(_ query: LogQuery, after: UInt64?, limit: Int) async throws(PoolError) -> LinePage {
        if let pool = query.pool { _ = try self.pool(named: pool) }
        var filter = LogFilter()
        filter.pool = query.pool
        filter.workers = try choose(query.workers, pool: query.pool)
        filter.streams = query.streams
        filter.since = query.since
        filter.text = Array((query.grep ?? "").utf8)
        filter.ignoresCase = query.ignoreCase
        filter.pattern = try query.regex.map { text throws(PoolError) in try Manager.pattern(text, query.ignoreCase) }
        filter.level = query.level
        switch query.life {
        case .present: filter.lives = lifeByWorker
        case .previous: filter.lives = lifeByWorker.mapValues { $0 > 0 ? $0 - 1 : 0 }
        case nil: break
        }
        let isReset = (after ?? query.after).map { $0 > driver.lastLine } ?? false
        let position = isReset ? 0 : after ?? query.after
        let start = position ?? (query.since == nil || query.tail != nil ? nil : 0)
        let tail = query.tail ?? LogQuery.tailDefault
        let version = followers.version(.logs)
        var found = driver.lines(filter, after: start, tail: tail, limit: limit)
        if let request = found.archive {
            let archived = await driver.archived(request)
            if archived.isRefused {
                throw PoolError(
                    .unavailable,
                    "\(LogArchive.searchesMax) searches of the log files are under way",
                    remedy: "ask again in a moment"
                )
            }
            // What is missing would look like nothing written.
            if let trouble = archived.trouble {
                throw PoolError(
                    .unavailable,
                    "the log files cannot be read: \(trouble)",
                    remedy: "ask again in a moment"
                )
            }
            found.add(archived, of: request)
        }
        if found.isCutShort {
            throw PoolError(
                .invalidArgument,
                "the search takes too long over these lines",
                remedy: "ask for fewer workers or lines, for a later time, or for a simpler expression"
            )
        }
        return LinePage(
            lines: found.lines,
            next: found.next,
            missed: found.missed,
            isReset: isReset,
            isMore: found.isMore,
            version: version
        )
    }

    private static func pattern(_ text: String, _ ignoresCase: Bool) throws(PoolError) -> BytePattern {
        do throws(BytePattern.Problem) {
            return try BytePattern(text.utf8, ignoresCase: ignoresCase)
        } catch {
            throw PoolError(.invalidArgument, "the regular expression: \(error)")
        }
    }

    /// The number behind which a stream of lines begins: where its `tail` or its `since` says.
    func beginning(of query: LogQuery) async throws(PoolError) -> UInt64 {
        let limit = query.since == nil || query.tail != nil ? LogQuery.linesMax : 1
        let page = try await lines(query, after: nil, limit: limit)
        return page.lines.first.map { $0.sequence - 1 } ?? page.next
    }

    /// The workers that selectors mean; nil where there are none, which means all.
    func choose(_ selectors: [String], pool: String?) throws(PoolError) -> Set<WorkerID>? {
        guard !selectors.isEmpty else { return nil }
        var parsed: [Selector] = []
        for selector in selectors { parsed.append(try Selector(selector)) }
        let statuses = current.pools.filter { pool == nil || $0.name == pool }.flatMap(\.workers).map(\.status)
        return Set(try Selector.resolve(parsed, among: statuses))
    }
}

/// Some events, and where the next ones are.
struct EventPage: Sendable {
    var events: [PoolEvent]
    var next: UInt64
    var missed: UInt64
    /// The reader's number was not one of this daemon's: this begins anew.
    var isReset = false
    var version: UInt64
}

/// Some lines, and where the next ones are.
struct LinePage: Sendable {
    var lines: [LogLine]
    var next: UInt64
    var missed: UInt64
    /// The reader's number was not one of this daemon's: this begins anew.
    var isReset = false
    /// There are more lines, whether or not anything new comes.
    var isMore = false
    var version: UInt64

    var textBytes: Int { lines.reduce(0) { $0 + $1.bytes.count } }
}
