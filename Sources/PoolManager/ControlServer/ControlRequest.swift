internal import NIOCore
internal import NIOHTTP1
internal import PoolAPI
internal import PoolModel

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
    /// Who asks.
    var caller: Caller
    /// Stands for all that is asked for.
    var fingerprint: AnswerTable.Fingerprint

    /// `alice (uid 1000, pid 4711)`. Looked up where somebody wants to know: the user database is files.
    var actor: String { caller.actor }

    /// The value of a parameter in the path; it is there, because the route matched.
    subscript(parameter: String) -> String { path[parameter] ?? "" }

    /// Reads the body as the message that the route takes; an absent body is an empty object.
    func message<Message: Decodable>(_ type: Message.Type = Message.self) throws(Problem) -> Message {
        guard let name = route.request else { throw Problem(.internal, "\(route.path) takes no body") }
        return try RequestBody.read(type, as: name, from: body)
    }

    /// What the audit log says of the body, whatever else the body holds.
    var audited: AuditedRequest? { try? JSONCoding.decode(AuditedRequest.self, from: body) }
}

extension ControlRequest {
    /// Checks a request from top to bottom; the body is read last.
    init(_ request: ServerRequest, of caller: Caller, rules: AccessRules) throws {
        if let fault = request.fault { throw Problem(.invalidArgument, fault, object: "header Host") }
        let target = request.head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
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
        guard let level = rules.level(of: caller), level >= route.level else {
            throw Problem(
                .permissionDenied,
                "\(caller.actor) may not \(route.level.rawValue) this daemon",
                remedy: caller.remedy
            )
        }
        query = try Query(target.count > 1 ? String(target[1]) : nil, for: route)
        let accept = request[field: "accept"]
        guard let format = AnswerFormat(accept: accept, follow: query.flag("follow"), route: route) else {
            throw Problem(.notAcceptable, "\(route.path) cannot answer as \(accept ?? "")")
        }
        self.route = route
        self.format = format
        access = level
        self.caller = caller
        lastEventID = try ControlRequest.lastEventID(request)
        idempotencyKey = try ControlRequest.idempotencyKey(request)
        condition = request[field: "if-match"]
        if condition != nil, route.isMutation, !route.takesCondition {
            throw Problem(.invalidArgument, "\(route.path) does not take If-Match", object: "header If-Match")
        }
        body = try ControlRequest.body(of: request, for: route)
        fingerprint = AnswerTable.Fingerprint(
            request.method.rawValue,
            request.head.uri,
            condition: condition,
            body
        )
    }

    private static func lastEventID(_ request: ServerRequest) throws(Problem) -> UInt64? {
        guard let text = request[field: "last-event-id"] else { return nil }
        guard let number = UInt64(text), number <= UInt64(StreamRecord.sequenceMax) else {
            throw Problem(.invalidArgument, "Last-Event-ID is not a sequence number", object: "header Last-Event-ID")
        }
        return number
    }

    private static func idempotencyKey(_ request: ServerRequest) throws(Problem) -> IdempotencyKey? {
        guard let text = request[field: IdempotencyKey.header] else { return nil }
        guard let key = IdempotencyKey(text) else {
            let remedy = "use 1 to \(IdempotencyKey.bytesMax) visible ASCII characters"
            throw Problem(.invalidArgument, "Idempotency-Key is not valid", object: "header", remedy: remedy)
        }
        return key
    }

    private static func body(of request: ServerRequest, for route: Route) throws(Problem) -> [UInt8] {
        guard route.request != nil || route.isMutation else { return [] }
        guard case .whole(let buffer) = request.body else {
            throw Problem(.tooLarge, "the body is over \(HTTPConnection.bodyBytesMax) bytes")
        }
        let bytes = Array(buffer.readableBytesView)
        guard bytes.isEmpty || isJSON(request[field: "content-type"]) else {
            throw Problem(.unsupportedMediaType, "the body is not application/json")
        }
        if route.request == nil { try RequestBody.refuse(bytes) }
        return bytes
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        guard let essence = contentType?.split(separator: ";").first else { return false }
        return essence.filter { $0 != " " }.lowercased() == MediaType.json.essence
    }
}

/// 405 needs an `Allow` header beside its problem document (RFC 9110, 15.5.6).
struct MethodNotAllowed: Error {
    var allow: [String]
    var problem: Problem
}
