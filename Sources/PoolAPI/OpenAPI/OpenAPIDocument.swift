/// The control API as an OpenAPI 3.1 document, made from the table of routes and the schemas.
package enum OpenAPIDocument {
    /// The document as JSON, indented; the same bytes every time.
    package static let bytes: [UInt8] = {
        // Strings, whole numbers and booleans: nothing in it can fail to encode.
        guard let bytes = try? JSONCoding.encode(document, pretty: true) else {
            preconditionFailure("illegal: no document")
        }
        return bytes + [UInt8(ascii: "\n")]
    }()

    package static var document: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Pool control API",
                "version": .string("\(APIVersion.current)"),
                "description": """
                HTTP over the unix socket `control.sock` in the daemon's runtime directory. Fields of answers and \
                routes may be added within a version; ignore what you do not know. Fields of requests that are not \
                listed are refused.
                """,
            ],
            "servers": [
                ["url": "http://pool", "description": "The host is not used; the connection is a unix socket."]
            ],
            "paths": .object(paths),
            "components": ["schemas": .object(schemas)],
        ]
    }

    private static var paths: [String: JSONValue] {
        var paths: [String: [String: JSONValue]] = [:]
        for route in Route.all {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(route)
        }
        return paths.mapValues { .object($0) }
    }

    private static func operation(_ route: Route) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(route.id.rawValue),
            "summary": .string(route.summary),
            "x-pool-access": .string(route.level.rawValue),
            "responses": .object(responses(route)),
        ]
        let parameters = parameters(route)
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let request = route.request {
            members["requestBody"] = [
                // A body that may say nothing may be absent.
                "required": .bool(
                    Schemas.requests.contains { $0.0 == request.rawValue && $0.1.contains(where: \.isRequired) }
                ),
                "content": [MediaType.json.rawValue: ["schema": Schema.message(request).json]],
            ]
        }
        return .object(members)
    }

    private static func parameters(_ route: Route) -> [JSONValue] {
        var parameters: [JSONValue] = route.pathParameters.map {
            ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]]
        }
        parameters += route.query.map {
            [
                "name": .string($0.name), "in": "query", "description": .string($0.summary), "schema": $0.kind.schema,
                "style": "form", "explode": false,
            ]
        }
        func header(_ name: String, _ summary: String, _ schema: JSONValue) {
            parameters.append(
                ["name": .string(name), "in": "header", "description": .string(summary), "schema": schema]
            )
        }
        if route.stream != nil {
            header(
                "Last-Event-ID",
                "The last record of a stream that is taken up again.",
                QueryParameter.after.kind.schema
            )
        }
        if route.isMutation {
            header(
                IdempotencyKey.header,
                "Sent again with the same key, a request is done once.",
                ["type": "string", "pattern": .string("^[!-~]{1,\(IdempotencyKey.bytesMax)}$")]
            )
        }
        if route.takesCondition {
            header(EntityTag.conditionHeader, "The pool's ETag: 412 where it has changed.", ["type": "string"])
        }
        return parameters
    }

    private static func responses(_ route: Route) -> [String: JSONValue] {
        var content: [String: JSONValue] = [:]
        switch route.reply {
        case .text: content[route.mediaType.essence] = ["schema": ["type": "string"]]
        case .document: content[route.mediaType.essence] = ["schema": ["type": "object"]]
        default: content[route.mediaType.essence] = ["schema": Schema.message(route.reply).json]
        }
        if let stream = route.stream {
            let text = "A stream; the data of a record: \(stream.rawValue)."
            content[MediaType.eventStream.essence] = ["schema": ["type": "string", "description": .string(text)]]
            content[MediaType.ndjson.essence] = ["schema": ["type": "string", "description": .string(text)]]
        }
        var responses: [String: JSONValue] = [
            "\(route.status)": [
                "description": .string(route.status == 202 ? "Accepted" : "OK"), "content": .object(content),
            ]
        ]
        for code in route.problems { responses["\(code.status)"] = problem(code.title) }
        responses["default"] = problem("An error")
        if route.id == .health {
            responses["503"] = ["description": "Not healthy, or not available", "content": .object(healthContent)]
        }
        return responses
    }

    private static var healthContent: [String: JSONValue] {
        [
            MediaType.json.rawValue: ["schema": Schema.message(.health).json],
            MediaType.problem.rawValue: ["schema": Schema.message(.problem).json],
        ]
    }

    private static func problem(_ text: String) -> JSONValue {
        [
            "description": .string(text),
            "content": [MediaType.problem.rawValue: ["schema": Schema.message(.problem).json]],
        ]
    }

    private static var schemas: [String: JSONValue] {
        var schemas: [String: JSONValue] = [:]
        for (name, fields) in Schemas.all { schemas[name] = Schema.object(fields).json }
        for (name, fields) in Schemas.requests { schemas[name] = Schema.request(fields) }
        schemas["ExitReason"] =
            Schema.any(
                Schemas.exitReason.map { name, fields in .object([.init(name, .object(fields))]) }
            ).json
        return schemas
    }
}

extension QueryParameter.Kind {
    fileprivate var schema: JSONValue {
        switch self {
        case .text: ["type": "string", "maxLength": .number(Double(QueryParameter.textMax))]
        case .integer(let low, let high):
            high == .max
                ? ["type": "integer", "minimum": .number(Double(low))]
                : ["type": "integer", "minimum": .number(Double(low)), "maximum": .number(Double(high))]
        case .seconds(let least, let most): ["type": "number", "minimum": .number(least), "maximum": .number(most)]
        case .flag: ["type": "boolean"]
        case .time: ["type": "string", "format": "date-time"]
        case .choice(let values): Schema.choice(values).json
        case .choices(let values): ["type": "array", "items": Schema.choice(values).json]
        case .texts:
            [
                "type": "array", "maxItems": .number(Double(QueryParameter.itemsMax)),
                "items": ["type": "string", "maxLength": .number(Double(QueryParameter.itemMax))],
            ]
        }
    }
}

extension Route {
    /// The errors that the route answers with, apart from those of every route.
    package var problems: [Problem.Code] {
        var codes: [Problem.Code] = [.invalidArgument, .permissionDenied, .notAcceptable, .internal, .unavailable]
        if !pathParameters.isEmpty || query.contains(where: { $0.name == "pool" || $0.name == "workers" }) {
            codes.append(.notFound)
        }
        if request != nil || isMutation { codes += [.lengthRequired, .tooLarge, .unsupportedMediaType] }
        if isMutation { codes += [.conflict, .keyReused] }
        if takesCondition { codes += [.preconditionFailed, .notFound] }
        return codes
    }
}
