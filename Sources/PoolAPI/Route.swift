/// One entry of the control API: the single source of the server's router, the OpenAPI document, docs/API.md and the
/// client.
package struct Route: Hashable, Sendable {
    /// Names the route; also the `operationId` of the OpenAPI document. A server switches over it exhaustively.
    package enum ID: String, Hashable, Sendable, CaseIterable {
        case version, pools, pool, profile, front, workers, worker, workerDetail
        case operations, operation, cancelOperation, pauseOperation, resumeOperation, act, deploy, weigh, gate
        case events, logs, stats, history, state, health
        case reload, check, replaceProxy, certificates, reloadCertificates, upgrade, shutdown
        case openAPI, metrics
    }

    package enum Method: String, Hashable, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    package var id: ID
    package var method: Method
    /// The path with its parameters in braces: `/v1/pools/{pool}/actions`.
    package var path: String
    package var summary: String
    package var level: AccessLevel
    package var query: [QueryParameter]
    /// The message in the request's body; nil where there is none.
    package var request: MessageName?
    package var reply: MessageName
    /// The status of a good answer.
    package var status: Int
    /// What a record of the route's stream carries; nil where the route does not stream.
    package var stream: MessageName?
    /// The content type of a good answer that is not a stream.
    package var mediaType: MediaType

    package init(
        _ id: ID,
        _ method: Method,
        _ path: String,
        _ summary: String,
        level: AccessLevel = .view,
        query: [QueryParameter] = [],
        request: MessageName? = nil,
        reply: MessageName,
        status: Int = 200,
        stream: MessageName? = nil,
        mediaType: MediaType = .json
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.summary = summary
        self.level = level
        self.query = query
        self.request = request
        self.reply = reply
        self.status = status
        self.stream = stream
        self.mediaType = mediaType
    }

    /// The names of the path's parameters, in their order.
    package var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Whether the route changes something: it then takes an `Idempotency-Key` and goes into the audit log.
    package var isMutation: Bool { level > .view }
    /// Whether `If-Match` with a pool's ETag guards it. Other mutations refuse the header: it would guard nothing.
    package var takesCondition: Bool { [.act, .deploy, .weigh, .gate, .reload].contains(id) }

    /// The path with its parameters filled in, percent-encoded.
    package func path(_ values: String...) -> String {
        var rest = values[...]
        return path.split(separator: "/").map { part in
            guard part.hasPrefix("{"), let value = rest.popFirst() else { return "/" + part }
            return "/" + PercentCoding.encode(value)
        }.joined()
    }
}
