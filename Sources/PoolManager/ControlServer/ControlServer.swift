internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS
internal import Synchronization

/// The server behind the control socket.
///
/// The socket is bound by us and kept by the keeper: a live socket is never stolen, and clients that connect while there
/// is no manager wait instead of being refused.
///
/// State: the settings, guarded by the mutex; everything else is immutable.
final class ControlServer: Sendable {
    /// What may be changed while it serves.
    struct Settings: Sendable {
        var rules: AccessRules
        /// How long a connection may take nothing of what waits for it.
        var readerTimeout = DaemonConfiguration.readerTimeoutDefault
    }

    private let router: ControlRouter
    private let settings: Mutex<Settings>
    private let group: MultiThreadedEventLoopGroup
    private let audit: AuditLog?

    /// - Parameters:
    ///   - group: The event loop of the connections; it outlives the server.
    ///   - audit: Where mutations are written down.
    init(router: ControlRouter, settings: Settings, group: MultiThreadedEventLoopGroup, audit: AuditLog? = nil) {
        self.audit = audit
        self.router = router
        self.settings = Mutex(settings)
        self.group = group
    }

    /// Requests and sweeps from now on go by these.
    func set(_ settings: Settings) { self.settings.withLock { $0 = settings } }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listener: A listening Unix socket; the server closes it.
    func run(listener: Int32) async throws {
        let connections = ControlConnections(.ofControlSocket)
        let identify: @Sendable (any Channel) async -> Caller? = { await PeerCredentials.of($0).map { .local($0) } }
        try await run(listener: listener, connections, identify: identify) { [self] request, channel in
            let caller = await connections.caller(of: channel, identify)
            return await answer(request, of: caller)
        }
    }

    /// Serves clients of other hosts until the task is cancelled: the same API, for those whose certificate has a name
    /// that the configuration gives something.
    ///
    /// - Parameter listener: A listening TCP socket; the server closes it.
    func runRemote(listener: Int32, _ context: RemoteContext) async throws {
        let connections = ControlConnections(.init(most: Limits.remoteConnectionsMax))
        try await run(listener: listener, connections, context) { [self] request, channel in
            let caller = await connections.caller(of: channel) { await Caller.remote($0) }
            return await answer(request, of: caller)
        }
    }

    /// Serves `GET /metrics` and nothing else until the task is cancelled, to anybody who can reach the address.
    ///
    /// - Parameter listener: A listening TCP socket; the server closes it.
    func runMetrics(listener: Int32) async throws {
        let connections = ControlConnections(.init(most: Limits.metricsConnectionsMax))
        try await run(listener: listener, connections) { [router] request, _ in
            let path = request.path
            guard path == "/metrics" else { return ControlReply.problem(Problem(.notFound, "there is no \(path)")) }
            guard request.method == .GET || request.method == .HEAD else {
                var response = ControlReply.problem(Problem(.methodNotAllowed, "/metrics takes GET"))
                response.headers.add(name: "Allow", value: "GET")
                return response
            }
            return await router.metrics()
        }
    }

    private func run(
        listener: Int32,
        _ connections: ControlConnections,
        _ remote: RemoteContext? = nil,
        identify: (@Sendable (any Channel) async -> Caller?)? = nil,
        _ respond: @escaping HTTPConnection.Responder
    ) async throws {
        let tellBusy: HTTPConnection.Responder = { _, _ in
            var response = ControlReply.problem(
                Problem(.unavailable, "too many connections are open", remedy: "try again")
            )
            response.headers.add(name: "Connection", value: "close")
            return response
        }
        let clock = router.manager.clock
        let server = try await ServerBootstrap(group: group)
            // Within TLS there is none: the end of a client's bytes is the end of the connection.
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: remote == nil)
            .bind(listener) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let remote { try ControlServer.encrypt(channel, remote) }
                    return try HTTPConnection.setUp(channel)
                }
            }
        let sweeping = sweep(connections)
        defer { sweeping.cancel() }
        try await server.executeThenClose { accepted in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in accepted {
                    tasks.addTask { [self] in
                        let caller = await identify?(connection.channel)
                        let isOwner = settings.withLock { $0.rules.isOwner(caller) }
                        let channel = connection.channel
                        switch connections.admit(channel, of: caller, isOwner: isOwner, at: clock.now) {
                        case .served: await HTTPConnection(channel: connection, respond: respond).serve()
                        case .told: await HTTPConnection(channel: connection, respond: tellBusy).serve()
                        case .refused: try? await connection.channel.close()
                        }
                        connections.removed(connection.channel)
                    }
                }
            }
        }
    }

    private static func encrypt(_ channel: any Channel, _ remote: RemoteContext) throws {
        guard let session = remote.current.makeSession() else { throw ChannelError.ioOnClosedChannel }
        try channel.pipeline.syncOperations.addHandler(TLSHandler(session))
    }

    /// Cuts off readers that have stopped reading, some times within the time that they are given.
    private func sweep(_ connections: ControlConnections) -> RepeatedTask {
        let limit = settings.withLock { $0.readerTimeout }
        let interval = TimeAmount(min(max(limit / 4, .milliseconds(50)), .seconds(5)))
        let manager = router.manager
        return group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { [self] _ in
            let limit = settings.withLock { $0.readerTimeout }
            guard let stalled = connections.sweep(at: manager.clock.now, limit: limit) else { return }
            // Not structured: an event loop cannot wait for the manager.
            Task { await manager.readersCut(stalled.count, first: stalled.first, after: limit) }
        }
    }

    /// Every request has an answer; what went wrong is a problem document.
    private func answer(_ request: ServerRequest, of caller: Caller?) async -> ServerResponse {
        guard let caller else {
            return ControlReply.problem(Problem(.permissionDenied, "nothing says who asks"))
        }
        let rules = settings.withLock { $0.rules }
        var known: ControlRequest?
        let response: ServerResponse
        var problem: Problem?
        do {
            let control = try ControlRequest(request, of: caller, rules: rules)
            known = control
            response = try await router.respond(to: control)
        } catch {
            (response, problem) = ControlServer.refusal(error)
        }
        write(request, of: caller, known, response, problem)
        return response
    }

    private static func refusal(_ error: any Error) -> (ServerResponse, Problem) {
        switch error {
        case let error as MethodNotAllowed:
            var response = ControlReply.problem(error.problem)
            response.headers.add(name: "Allow", value: error.allow.joined(separator: ", "))
            return (response, error.problem)
        case let problem as Problem: return (ControlReply.problem(problem), problem)
        case let error as PoolError:
            let problem = Problem(error)
            return (ControlReply.problem(problem), problem)
        default:
            let problem = Problem(.internal, "\(error)")
            return (ControlReply.problem(problem), problem)
        }
    }

    /// Writes down what would change something, whether it was let or not.
    private func write(
        _ request: ServerRequest,
        of caller: Caller,
        _ known: ControlRequest?,
        _ response: ServerResponse,
        _ problem: Problem?
    ) {
        guard let audit, known?.route.isMutation ?? (request.method != .GET && request.method != .HEAD) else { return }
        var entry = AuditLog.Entry(
            at: router.manager.clock.wall,
            userID: caller.credentials?.userID,
            pid: caller.credentials?.pid,
            actor: caller.actor,
            method: request.method.rawValue,
            target: String(request.head.uri.prefix(1024)),
            status: Int(response.status.code),
            problem: problem?.detail
        )
        if let known { entry.add(known, response) }
        audit.write(entry)
    }
}

extension AuditLog.Entry {
    /// What was asked for and what it began.
    fileprivate mutating func add(_ request: ControlRequest, _ response: ServerResponse) {
        let asked = request.audited
        verb = asked?.verb.map(AuditedRequest.word) ?? request.route.id.rawValue
        if request.route.id == .act || request.route.id == .weigh { workers = asked?.selectors ?? ["all"] }
        count = asked?.count
        signal = asked?.signal.map(AuditedRequest.word)
        weight = asked?.weight
        state = asked?.state.map(AuditedRequest.word)
        why = asked?.reason
        guard request.route.reply == .operation || request.route.reply == .reloadReply, problem == nil,
            case .whole(let body) = response.body,
            let reply = try? JSONCoding.decode(AuditedReply.self, from: Array(body.readableBytesView))
        else { return }
        operations = reply.operations.isEmpty ? nil : reply.operations
    }
}
