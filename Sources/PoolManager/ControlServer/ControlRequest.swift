internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// A request to the control socket that has been found to be one: route, parameters, form of the answer, who asks.
struct ControlRequest: Sendable {
    var route: Route
    var path: [String: String]
    var query: Query
    var format: AnswerFormat
    var body: [UInt8]
    /// The record that a stream goes on after.
    var lastEventID: UInt64?
    var idempotencyKey: IdempotencyKey?
    /// `If-Match`.
    var condition: String?
    var access: AccessLevel
    /// `alice (uid 1000, pid 4711)`.
    var actor: String

    /// The value of a parameter in the path; it is there, because the route matched.
    subscript(parameter: String) -> String { path[parameter] ?? "" }

    /// Reads the body as a message; an absent body is an empty object.
    func message<Message: Decodable>(_ type: Message.Type = Message.self) throws(PoolError) -> Message {
        try JSONCoding.decode(type, from: body.isEmpty ? Array("{}".utf8) : body)
    }
}

extension ControlRequest {
    /// Checks a request from top to bottom; the body is read last.
    init(_ request: Request, peer: PeerCredentials, rules: AccessRules) async throws {
        let target = request.uri.string.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let route: Route
        switch RouteMatch(method: request.method.rawValue, path: target.first.map(String.init) ?? "") {
        case .route(let found, let parameters):
            route = found
            path = parameters
        case .methodNotAllowed(let allow):
            throw MethodNotAllowed(
                allow: allow.map(\.rawValue),
                problem: Problem(.methodNotAllowed, "\(target[0]) does not take \(request.method.rawValue)")
            )
        case .notFound:
            throw Problem(.notFound, "there is no \(target[0])", remedy: "see /v1/openapi.json")
        }
        guard let level = rules.level(of: peer), level >= route.level else {
            throw Problem(
                .permissionDenied,
                "\(peer.actor) may not \(route.level.rawValue) this daemon",
                remedy: "ask as the daemon's user, as root, or as somebody whom [access] of poold.toml names"
                    + " (by default the group \(AccessRules.operatorGroup))"
            )
        }
        query = try Query(target.count > 1 ? String(target[1]) : nil, for: route)
        let accept = request.headers[.accept]
        guard let format = AnswerFormat(accept: accept, follow: query.flag("follow"), route: route) else {
            throw Problem(.notAcceptable, "\(route.path) cannot answer as \(accept ?? "")")
        }
        self.route = route
        self.format = format
        access = level
        actor = peer.actor
        lastEventID = try ControlRequest.lastEventID(request)
        idempotencyKey = try ControlRequest.idempotencyKey(request)
        condition = request.headers[.ifMatch]
        body = try await ControlRequest.body(of: request, for: route)
    }

    private static func lastEventID(_ request: Request) throws(Problem) -> UInt64? {
        guard let name = HTTPField.Name("Last-Event-ID"), let text = request.headers[name] else { return nil }
        guard let number = UInt64(text), number <= UInt64(StreamRecord.sequenceMax) else {
            throw Problem(.invalidArgument, "Last-Event-ID is not a sequence number", object: "header Last-Event-ID")
        }
        return number
    }

    private static func idempotencyKey(_ request: Request) throws(Problem) -> IdempotencyKey? {
        guard let name = HTTPField.Name(IdempotencyKey.header), let text = request.headers[name] else { return nil }
        guard let key = IdempotencyKey(text) else {
            let remedy = "use 1 to \(IdempotencyKey.bytesMax) visible ASCII characters"
            throw Problem(.invalidArgument, "Idempotency-Key is not valid", object: "header", remedy: remedy)
        }
        return key
    }

    private static func body(of request: Request, for route: Route) async throws -> [UInt8] {
        guard route.request != nil else { return [] }
        let tooLarge = Problem(.tooLarge, "the body is over \(Limits.controlBodyBytesMax) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Limits.controlBodyBytesMax {
            throw tooLarge
        }
        do {
            let buffer = try await request.body.collect(upTo: Limits.controlBodyBytesMax)
            let bytes = Array(buffer.readableBytesView)
            guard bytes.isEmpty || isJSON(request.headers[.contentType]) else {
                throw Problem(.unsupportedMediaType, "the body is not application/json")
            }
            return bytes
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let essence = contentType?.split(separator: ";").first else { return false }
        return essence.filter { $0 != " " }.lowercased() == PoolAPI.MediaType.json.essence
    }
}

/// 405 needs an `Allow` header beside its problem document (RFC 9110, 15.5.6).
struct MethodNotAllowed: Error {
    var allow: [String]
    var problem: Problem
}
