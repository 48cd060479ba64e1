/// A JSON schema (2020-12) of a message or of a part of one.
package indirect enum Schema: Hashable, Sendable {
    case text(_ summary: String = "")
    /// An absolute path.
    case path
    case choice([String])
    case integer(min: Int64 = 0)
    case number
    case flag
    /// RFC 3339 in UTC.
    case time
    /// - Parameter min: So many elements at least.
    case list(Schema, min: Int = 0)
    /// A schema of ``Schemas/all``.
    case named(String)
    case object([Field])
    case any([Schema])

    /// A member of an object.
    package struct Field: Hashable, Sendable {
        package var name: String
        package var schema: Schema
        package var isRequired: Bool
        package var summary: String

        package init(_ name: String, _ schema: Schema, _ summary: String = "", optional: Bool = false) {
            self.name = name
            self.schema = schema
            self.summary = summary
            isRequired = !optional
        }
    }

    static func message(_ name: MessageName) -> Schema { .named(name.rawValue) }

    /// The schema as it stands in the document. Answers may have members that are not listed: newer
    /// daemons add some.
    package var json: JSONValue {
        switch self {
        case .text(let summary):
            summary.isEmpty ? ["type": "string"] : ["type": "string", "description": .string(summary)]
        case .path: ["type": "string", "pattern": "^/"]
        case .choice(let values): ["type": "string", "enum": .array(values.map { .string($0) })]
        case .integer(let min): ["type": "integer", "minimum": .number(Double(min))]
        case .number: ["type": "number"]
        case .flag: ["type": "boolean"]
        case .time: ["type": "string", "format": "date-time"]
        case .list(let element, let min):
            min > 0
                ? ["type": "array", "items": element.json, "minItems": .number(Double(min))]
                : ["type": "array", "items": element.json]
        case .named(let name): ["$ref": .string("#/components/schemas/\(name)")]
        case .any(let schemas): ["oneOf": .array(schemas.map(\.json))]
        case .object(let fields): Schema.object(fields)
        }
    }

    /// An object that clients send: what may be absent may also be null; what is not listed is refused.
    static func request(_ fields: [Field]) -> JSONValue {
        guard case .object(var members) = object(fields, admitsNull: true) else { return .null }
        members["additionalProperties"] = false
        return .object(members)
    }

    private static func object(_ fields: [Field], admitsNull: Bool = false) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for field in fields {
            var json = field.schema.json
            if admitsNull, !field.isRequired, case .object(var members) = json, let type = members["type"] {
                members["type"] = .array([type, "null"])
                json = .object(members)
            }
            if !field.summary.isEmpty, case .object(var members) = json {
                members["description"] = .string(field.summary)
                json = .object(members)
            }
            properties[field.name] = json
        }
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        return ["type": "object", "properties": .object(properties), "required": .array(required)]
    }

    /// The type in words, for tables: `[Worker]`, `time`.
    package var words: String {
        switch self {
        case .text: "text"
        case .path: "path"
        case .choice(let values): values.map { "`\($0)`" }.joined(separator: " ")
        case .integer: "integer"
        case .number: "number"
        case .flag: "boolean"
        case .time: "time"
        case .list(let element, _): "[\(element.words)]"
        case .named(let name): name
        case .object: "object"
        case .any(let schemas): schemas.map(\.words).joined(separator: " or ")
        }
    }
}
