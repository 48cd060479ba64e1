internal import NIOCore
internal import NIOHTTP1
internal import PoolAPI
internal import PoolModel

/// Answers each route of the control API. Decides nothing: it translates between messages and the manager.
struct ControlRouter: Sendable {
    let manager: Manager
    private let encoded = EncodedState()
    private let answers = AnswerTable()
    private let logReaders = LogReaders()

    init(manager: Manager) { self.manager = manager }

    /// Answers a request; one that came before with its idempotency key as it was answered then.
    func respond(to request: ControlRequest) async throws -> ServerResponse {
        guard let key = request.idempotencyKey, request.route.isMutation else { return try await answer(request) }
        let isElsewhere = request.route.id == .act || request.route.id == .deploy
        switch try answers.begin(key, request.fingerprint, isElsewhere: isElsewhere) {
        case .answered(let known): return known
        // What became of the first one is remembered with its operations: a failure now does not free the key.
        case .elsewhere: return try await answer(request)
        case .new: break
        }
        do {
            let answer = try await answer(request)
            if !isElsewhere { answers.end(key, answer) }
            return answer
        } catch {
            answers.end(key, nil)
            throw error
        }
    }

    private func answer(_ request: ControlRequest) async throws -> ServerResponse {
        if request.format != .document, let stream = try await stream(request) { return stream }
        switch request.route.id {
        case .version: return try ControlReply.json(await manager.version(for: request.access))
        case .health:
            let health = await manager.health()
            return try ControlReply.json(health, status: health.healthy ? 200 : 503)
        case .pools: return try ControlReply.json(PoolList(pools: await manager.state(pool: nil).0.pools))
        case .pool:
            let pool = try await manager.pool(named: request["pool"])
            var response = try ControlReply.json(pool)
            response.headers.replaceOrAdd(name: "ETag", value: EntityTag(pool).description)
            return response
        case .profile: return try ControlReply.json(await manager.profile(of: request["pool"]))
        case .weigh:
            let workers = try await manager.weigh(
                request.message(),
                in: request["pool"],
                actor: request.actor,
                condition: request.condition
            )
            return try ControlReply.json(WorkerList(workers: workers))
        case .gate:
            let pool = try await manager.setGate(
                request.message(),
                of: request["pool"],
                actor: request.actor,
                condition: request.condition
            )
            return try ControlReply.json(pool)
        case .workers:
            let selectors = request.query.list("workers")
            let workers = try await manager.workers(of: request["pool"], selectors: selectors)
            return try ControlReply.json(WorkerList(workers: workers))
        case .worker: return try ControlReply.json(await manager.worker(named: request["worker"]))
        case .workerDetail: return try ControlReply.json(await manager.detail(of: request["worker"]))
        case .front: return try ControlReply.json(await manager.front(of: request["pool"]))
        case .operations: return try ControlReply.json(await operations(request))
        case .operation: return try ControlReply.json(await operation(request))
        case .cancelOperation:
            let operation = try await manager.cancel(try operationID(request), actor: request.actor)
            return try ControlReply.json(operation, status: request.route.status)
        case .pauseOperation, .resumeOperation:
            let isPaused = request.route.id == .pauseOperation
            let id = try operationID(request)
            let operation = try await manager.setPaused(isPaused, id, actor: request.actor)
            return try ControlReply.json(operation, status: request.route.status)
        case .deploy: return try ControlReply.json(await deploy(request), status: request.route.status)
        case .act: return try ControlReply.json(await act(request), status: request.route.status)
        case .events: return try ControlReply.json(await events(request))
        case .logs: return try ControlReply.json(await logs(request))
        case .stats:
            let selectors = request.query.list("workers")
            let (stats, _) = try await manager.stats(pool: request.query.text("pool"), workers: selectors)
            return try ControlReply.json(stats)
        case .history:
            let history = try await manager.history(
                pool: request.query.text("pool"),
                workers: request.query.list("workers"),
                last: request.query.seconds("last")
            )
            return try ControlReply.json(history)
        case .state: return try await state(request.query.text("pool"))
        case .reload:
            return try ControlReply.json(
                await manager.reload(request.message(), actor: request.actor, condition: request.condition)
            )
        case .check: return try ControlReply.json(await manager.check(request.message()))
        case .replaceProxy:
            return try ControlReply.json(await manager.replaceProxy(request.message(), actor: request.actor))
        case .certificates: return try ControlReply.json(CertificateList(certificates: await manager.certificates()))
        case .reloadCertificates:
            return try ControlReply.json(await manager.reloadCertificates(request.message(), actor: request.actor))
        case .upgrade:
            let operation = try await manager.upgradeDaemon(request.message(), actor: request.actor)
            return try ControlReply.json(operation, status: request.route.status)
        case .shutdown:
            let operation = try await manager.shutdown(request.message(), actor: request.actor)
            return try ControlReply.json(operation, status: request.route.status)
        case .openAPI: return ControlReply.response(OpenAPIDocument.bytes, mediaType: .json)
        case .metrics:
            return await metrics()
        }
    }

    private func state(_ pool: String?) async throws -> ServerResponse {
        let bytes: ByteBuffer
        if let known = encoded.known(pool, version: manager.stateVersion.current) {
            // Nothing has changed since: the manager need not be asked.
            bytes = known
        } else {
            let (state, version) = try await manager.state(pool: pool)
            bytes = try encoded.bytes(of: state, version: version, pool: pool)
        }
        return ServerResponse(status: .ok, headers: ControlReply.headers(.json), body: .whole(bytes))
    }

    func metrics() async -> ServerResponse {
        ControlReply.response(Array(await manager.metrics().render().utf8), mediaType: .metrics)
    }

    /// The answer as a stream; nil for the routes that have none.
    private func stream(_ request: ControlRequest) async throws -> ServerResponse? {
        let pool = request.query.text("pool")
        let interval = request.query.seconds("interval") ?? .seconds(1)
        // What does not exist is a 404, not a stream that never says anything.
        if let pool { _ = try await manager.state(pool: pool) }
        func reply(_ source: some StreamSource) -> ServerResponse {
            ControlReply.stream(source, as: request.format, of: manager)
        }
        switch request.route.id {
        case .events:
            let query = EventQuery(request.query)
            return reply(EventSource(manager: manager, query: query, after: request.lastEventID))
        case .logs:
            let query = LogQuery(request.query)
            return reply(
                LogSource(manager: manager, query: query, after: request.lastEventID, share: logReaders.join())
            )
        case .state: return reply(StateSource(manager: manager, pool: pool, interval: interval))
        case .stats:
            let workers = request.query.list("workers")
            return reply(StatsSource(manager: manager, pool: pool, workers: workers, interval: interval))
        case .operations: return reply(OperationSource(manager: manager, pool: pool, id: nil))
        case .operation:
            let id = try operationID(request)
            _ = try await manager.operations(pool: nil, id: id)
            return reply(OperationSource(manager: manager, pool: nil, id: id))
        case .version, .pools, .pool, .profile, .front, .workers, .worker, .workerDetail, .weigh, .gate,
            .cancelOperation, .pauseOperation, .resumeOperation, .act, .deploy, .history, .health, .reload, .check,
            .replaceProxy,
            .certificates, .reloadCertificates, .upgrade, .shutdown, .openAPI, .metrics:
            return nil
        }
    }

    private func operationID(_ request: ControlRequest) throws(PoolError) -> OperationID {
        guard let id = OperationID(request["operation"]) else {
            throw PoolError(.notFound, "\(request["operation"]) is not an operation", remedy: "write op-17")
        }
        return id
    }

    private func operations(_ request: ControlRequest) async throws -> OperationList {
        let isActive = request.query.flag("active")
        let (operations, _) = try await manager.operations(pool: request.query.text("pool"), id: nil)
        return OperationList(operations: operations.filter { !isActive || !$0.state.isFinished })
    }

    /// One operation; with `wait`, as soon as it is finished or the time is over.
    private func operation(_ request: ControlRequest) async throws -> Operation {
        let id = try operationID(request)
        let deadline = ContinuousClock.now + (request.query.seconds("wait") ?? .zero)
        while true {
            let (found, version) = try await manager.operations(pool: nil, id: id)
            guard let operation = found.first else { throw PoolError(.notFound, "\(id) is not known") }
            let left = deadline - .now
            guard !operation.state.isFinished, left > .zero else { return operation }
            guard await manager.wait(for: .operations, after: version, atMost: left) != .ended else { return operation }
        }
    }

    private func act(_ request: ControlRequest) async throws -> Operation {
        let action: ActionRequest = try request.message()
        try action.validate()
        return try await manager.act(
            action,
            on: request["pool"],
            actor: request.actor,
            key: request.idempotencyKey,
            condition: request.condition
        )
    }

    private func deploy(_ request: ControlRequest) async throws -> Operation {
        let message: DeployRequest = try request.message()
        try message.validate()
        return try await manager.deploy(
            message,
            to: request["pool"],
            actor: request.actor,
            key: request.idempotencyKey,
            condition: request.condition
        )
    }

    private func events(_ request: ControlRequest) async throws -> EventList {
        let page = try await manager.events(EventQuery(request.query), after: nil, limit: Limits.eventsMax)
        return EventList(events: page.events, sequence: page.next)
    }

    private func logs(_ request: ControlRequest) async throws -> LogPage {
        var query = LogQuery(request.query)
        // The newest of all that there are since then.
        if query.since != nil, query.after == nil { query.tail = query.tail ?? LogQuery.linesMax }
        var page = try await manager.lines(query, after: nil, limit: LogQuery.linesMax)
        // A long search comes in parts; what is left after this time is asked for after the page's number.
        let deadline = ContinuousClock.now + LogArchive.newestDuration
        while page.isMore, page.lines.count < LogQuery.linesMax, page.textBytes < LogSearch.textBytesMax,
            .now < deadline
        {
            let left = LogQuery.linesMax - page.lines.count
            let more = try await manager.lines(query, after: page.next, limit: left)
            (page.next, page.isMore) = (more.next, more.isMore)
            page.lines += more.lines
            page.missed += more.missed
        }
        return LogPage(lines: page.lines.map { LogRecord($0) }, sequence: page.next)
    }
}
