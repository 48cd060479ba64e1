import PoolAPI

/// Holds a JSON value against a schema of the document: types, required members, nothing that is not described.
enum SchemaCheck {
    /// What is wrong, with its place; empty where nothing is.
    static func issues(_ value: JSONValue, _ schema: Schema, at place: String = "") -> [String] {
        switch (schema, value) {
        case (.path, .string(let text)): text.hasPrefix("/") ? [] : ["\(place): no absolute path: \(text)"]
        case (.text, .string), (.number, .number), (.flag, .bool): []
        case (.time, .string(let text)): text.hasSuffix("Z") ? [] : ["\(place): no time: \(text)"]
        case (.integer(let min), .number(let number)):
            number.rounded() == number && number >= Double(min) ? [] : ["\(place): no integer from \(min): \(number)"]
        case (.choice(let known), .string(let text)): known.contains(text) ? [] : ["\(place): not known: \(text)"]
        case (.list(_, let min), .array(let values)) where values.count < min: ["\(place): fewer than \(min)"]
        case (.list(let element, _), .array(let values)):
            values.enumerated().flatMap { issues($1, element, at: "\(place)[\($0)]") }
        case (.named(let name), _):
            if let fields = fields(name) { issues(value, fields, at: place) } else { ["\(place): no schema \(name)"] }
        case (.object(let fields), .object(let members)): issues(members, fields, at: place)
        case (.any(let schemas), _):
            schemas.contains { issues(value, $0).isEmpty } ? [] : ["\(place): none of the alternatives"]
        default: ["\(place): expected \(schema.words)"]
        }
    }

    static func fields(_ name: String) -> Schema? {
        if name == "ExitReason" {
            return .any(Schemas.exitReason.map { .object([.init($0.name, .object($0.fields))]) })
        }
        return Schemas.all.first { $0.name == name }.map { .object($0.fields) }
    }

    private static func issues(
        _ members: [String: JSONValue],
        _ fields: [Schema.Field],
        at place: String
    ) -> [String] {
        var found = fields.flatMap { field in
            members[field.name].map { issues($0, field.schema, at: "\(place).\(field.name)") }
                ?? (field.isRequired ? ["\(place).\(field.name): missing"] : [])
        }
        let known = Set(fields.map(\.name))
        found += members.keys.filter { !known.contains($0) }.map { "\(place).\($0): not described" }
        return found
    }
}
