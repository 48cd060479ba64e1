/// A request to the control API, whatever carries it: made from a route of the table, answered with one message.
package struct APICall: Hashable, Sendable {
    package var route: Route
    /// The path with its parameters filled in.
    package var path: String
    package var query = QueryItems()
    package var body: [UInt8] = []
    /// Further headers: `Idempotency-Key`, `If-Match`, `Last-Event-ID`.
    package var headers: [String: String] = [:]
    /// What the answer is to be: a document, or a stream.
    package var accept: MediaType

    package init(_ route: Route, _ path: String, query: QueryItems = QueryItems(), body: [UInt8] = []) {
        self.route = route
        self.path = path
        self.query = query
        self.body = body
        accept = route.mediaType
    }

    /// Path and query, as on the request line.
    package var target: String { path + query.text }

    /// How long the daemon may take of itself: a long poll. Whoever waits for the answer adds this.
    package var serverWait = Duration.zero
}
