internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// The server behind the control socket.
///
/// The socket is bound by us and kept by the keeper: a live socket is never stolen, and clients that connect while there
/// is no manager wait instead of being refused.
///
/// State: `open`, the number of connections, guarded by its mutex; everything else is immutable.
final class ControlServer: Sendable {
    private let router: ControlRouter
    private let rules: AccessRules
    private let group: MultiThreadedEventLoopGroup
    private let audit: AuditLog?
    private let open = Mutex(0)

    /// - Parameters:
    ///   - group: The event loops of the connections; it outlives the server.
    ///   - audit: Where mutations are written down.
    init(router: ControlRouter, rules: AccessRules, group: MultiThreadedEventLoopGroup, audit: AuditLog? = nil) {
        self.audit = audit
        self.router = router
        self.rules = rules
        self.group = group
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listener: A listening Unix socket; the server closes it.
    func run(listener: Int32) async throws {
        try await run(listener: listener) { [self] request, channel in await answer(request, on: channel) }
    }

    /// Serves `GET /metrics` and nothing else until the task is cancelled, to anybody who can reach the address.
    ///
    /// - Parameter listener: A listening TCP socket; the server closes it.
    func runMetrics(listener: Int32) async throws {
        try await run(listener: listener) { [router] request, _ in
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

    private func run(listener: Int32, _ respond: @escaping HTTPConnection.Responder) async throws {
        let tellBusy: HTTPConnection.Responder = { _, _ in
            var response = ControlReply.problem(
                Problem(.unavailable, "\(Limits.controlConnectionsMax) connections are open", remedy: "try again")
            )
            response.headers.add(name: "Connection", value: "close")
            return response
        }
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(listener) { channel in
                channel.eventLoop.makeCompletedFuture { try HTTPConnection.setUp(channel) }
            }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in connections {
                    tasks.addTask { [self] in
                        switch admit() {
                        case .served: await HTTPConnection(channel: connection, respond: respond).serve()
                        case .told: await HTTPConnection(channel: connection, respond: tellBusy).serve()
                        // Not even told: whoever opens so many does not listen.
                        case .refused: try? await connection.channel.close()
                        }
                        open.withLock { $0 -= 1 }
                    }
                }
            }
        }
    }

    /// What becomes of a connection.
    private enum Admission {
        case served, told, refused
    }

    /// Counts a connection in, and says what there is room for.
    private func admit() -> Admission {
        open.withLock { count in
            count += 1
            if count <= Limits.controlConnectionsMax { return .served }
            return count <= 2 * Limits.controlConnectionsMax ? .told : .refused
        }
    }

    /// Every request has an answer; what went wrong is a problem document.
    private func answer(_ request: ServerRequest, on channel: any Channel) async -> ServerResponse {
        guard let peer = await PeerCredentials.of(channel) else {
            return ControlReply.problem(Problem(.permissionDenied, "the kernel does not say who asks"))
        }
        var known: ControlRequest?
        let response: ServerResponse
        var problem: Problem?
        do {
            let control = try ControlRequest(request, peer: peer, rules: rules)
            known = control
            response = try await router.respond(to: control)
        } catch {
            (response, problem) = ControlServer.refusal(error)
        }
        write(request, of: peer, known, status: Int(response.status.code), problem)
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
        of peer: PeerCredentials,
        _ known: ControlRequest?,
        status: Int,
        _ problem: Problem?
    ) {
        guard let audit, known?.route.isMutation ?? (request.method != .GET && request.method != .HEAD) else { return }
        let why = (try? known?.message(AuditedReason.self))?.why
        audit.write(
            AuditLog.Entry(
                at: router.manager.clock.wall,
                userID: peer.userID,
                pid: peer.pid,
                actor: known?.actor ?? peer.actor,
                method: request.method.rawValue,
                target: String(request.head.uri.prefix(1024)),
                why: why.flatMap { $0.isEmpty ? nil : $0 },
                status: status,
                problem: problem?.detail
            )
        )
    }
}
