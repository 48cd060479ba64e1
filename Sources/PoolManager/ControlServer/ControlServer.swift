internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// The server behind the control socket: Hummingbird's HTTP/1.1 channel over a listening socket of ours.
///
/// The socket is bound by us and kept by the keeper, not by Hummingbird, which unlinks whatever has the path: a live
/// socket is never stolen, and clients that connect while there is no manager wait instead of being refused.
///
/// State: `open`, the number of connections, guarded by its mutex; everything else is immutable.
final class ControlServer: Sendable {
    private let router: ControlRouter
    private let rules: AccessRules
    private let group: MultiThreadedEventLoopGroup
    private let logger: Logger
    private let open = Mutex(0)

    /// - Parameter group: The event loops of the connections; it outlives the server.
    init(router: ControlRouter, rules: AccessRules, group: MultiThreadedEventLoopGroup) {
        self.router = router
        self.rules = rules
        self.group = group
        var logger = Logger(label: "control") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listener: A listening Unix socket; the server closes it.
    func run(listener: Int32) async throws {
        let http = HTTP1Channel(
            responder: { [self] request, writer, channel in
                let response = await answer(request, on: channel)
                if request.method == .head {
                    try await writer.writeResponse(response.head)
                } else {
                    try await writer.write(response: response.head, body: response.body)
                }
            },
            configuration: .init(
                idleTimeout: .seconds(120),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10,
                    maxHeaderListSize: 32 << 10,
                    maxHeaderFieldCount: 100
                )
            )
        )
        let logger = logger
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(listener) { http.setup(channel: $0, logger: logger) }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in connections {
                    tasks.addTask { [self] in
                        guard admit() else { return await refuse(connection.channel) }
                        await http.handle(value: connection, logger: logger)
                        open.withLock { $0 -= 1 }
                    }
                }
            }
        }
    }

    /// Counts a connection in; false where there are too many.
    private func admit() -> Bool {
        open.withLock { count in
            guard count < Limits.controlConnectionsMax else { return false }
            count += 1
            return true
        }
    }

    /// A client too many: closed at once, before anything was read. Its next try may find room.
    private func refuse(_ channel: any Channel) async {
        try? await channel.close()
    }

    /// Every request has an answer; what went wrong is a problem document.
    private func answer(_ request: Request, on channel: any Channel) async -> Response {
        do {
            guard let peer = await PeerCredentials.of(channel) else {
                throw Problem(.permissionDenied, "the kernel does not say who asks")
            }
            return try await router.respond(to: ControlRequest(request, peer: peer, rules: rules))
        } catch let error as MethodNotAllowed {
            var response = ControlReply.problem(error.problem)
            response.headers[.allow] = error.allow.joined(separator: ", ")
            return response
        } catch let problem as Problem {
            return ControlReply.problem(problem)
        } catch let error as PoolError {
            return ControlReply.problem(Problem(error))
        } catch {
            return ControlReply.problem(Problem(.internal, "\(error)"))
        }
    }
}
