/// What a method and a path lead to.
package enum RouteMatch: Hashable, Sendable {
    case route(Route, pathParameters: [String: String])
    /// The path exists, not with this method: 405 with an `Allow` header of these.
    case methodNotAllowed(allow: [Route.Method])
    case notFound

    /// Looks the path up, segment by segment; a percent-encoded segment is decoded after it was split off, so that
    /// `%2F` never becomes a separator.
    ///
    /// - Parameter path: The path without the query. A trailing slash is not the same path.
    package init(method: String, path: String) {
        var allowed: [Route.Method] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        for route in Route.all {
            guard let parameters = RouteMatch.match(route.path, segments) else { continue }
            if route.method.rawValue == method || (method == "HEAD" && route.method == .get) {
                self = .route(route, pathParameters: parameters)
                return
            }
            allowed.append(route.method)
        }
        self = allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed)
    }

    private static func match(_ template: String, _ segments: [Substring]) -> [String: String]? {
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{") {
                guard let value = PercentCoding.decode(segment), !value.isEmpty else { return nil }
                parameters[String(part.dropFirst().dropLast())] = value
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}
