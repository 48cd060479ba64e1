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
        // Most requests are for a path without parameters, which no other template matches.
        if let routes = RouteTemplate.constant[path] {
            for route in routes {
                if route.takes(method) {
                    self = .route(route, pathParameters: [:])
                    return
                }
                allowed.append(route.method)
            }
        } else {
            let segments = path.split(separator: "/", omittingEmptySubsequences: false)
            for template in RouteTemplate.variable {
                guard let parameters = template.parameters(of: segments) else { continue }
                if template.route.takes(method) {
                    self = .route(template.route, pathParameters: parameters)
                    return
                }
                allowed.append(template.route.method)
            }
        }
        self = allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed)
    }
}

extension Route {
    /// Whether a request with this method is the route's; HEAD is answered as GET.
    fileprivate func takes(_ method: String) -> Bool {
        self.method.rawValue == method || (method == "HEAD" && self.method == .get)
    }
}

/// A route's path, taken apart once.
private struct RouteTemplate: Sendable {
    let route: Route
    private let parts: [Substring]

    /// The routes whose paths have no parameters.
    static let constant = Dictionary(grouping: Route.all.filter(\.pathParameters.isEmpty), by: \.path)
    /// The others, in their order.
    static let variable = Route.all.filter { !$0.pathParameters.isEmpty }.map { RouteTemplate($0) }

    private init(_ route: Route) {
        self.route = route
        parts = route.path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The values of the parameters in a path; nil where it is not of this route.
    func parameters(of segments: [Substring]) -> [String: String]? {
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
