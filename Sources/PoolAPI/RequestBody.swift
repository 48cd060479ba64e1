private import FoundationEssentials
private import PoolModel

/// Reading what clients send. Other than with answers, where an older client does not mind what a newer daemon adds,
/// nothing is passed over: `"worker": ["web_1"]` would otherwise act on every worker of the pool.
package enum RequestBody {
    /// Reads a request as its schema describes it; an absent body is an empty object.
    ///
    /// Throws a problem that names the field, and the known ones that are near.
    package static func read<Message: Decodable>(
        _ type: Message.Type = Message.self,
        as name: MessageName,
        from bytes: [UInt8]
    ) throws(Problem) -> Message {
        let bytes = bytes.isEmpty ? Array("{}".utf8) : bytes
        let message: Message
        do throws(PoolError) {
            message = try JSONCoding.decode(type, from: bytes)
        } catch {
            // A field that is missing may be one that was misspelled.
            throw fault(bytes, as: name) ?? Problem(error)
        }
        if let fault = fault(bytes, as: name) { throw fault }
        return message
    }

    /// Throws where there is a body though the route takes none; an empty object says nothing.
    package static func refuse(_ bytes: [UInt8]) throws(Problem) {
        guard !bytes.isEmpty else { return }
        if let fault = fault(bytes, as: nil) { throw fault }
        do throws(PoolError) {
            _ = try JSONCoding.decode([String: JSONValue].self, from: bytes)
        } catch {
            throw Problem(error)
        }
    }

    /// What is wrong with the names of an object's members; nil for anything else that is wrong.
    ///
    /// - Parameter name: nil is a message without fields.
    private static func fault(_ bytes: [UInt8], as name: MessageName?) -> Problem? {
        let decoder = JSONDecoder()
        if let key = RequestMembers.schemaKey { decoder.userInfo[key] = name?.rawValue }
        do {
            _ = try decoder.decode(RequestMembers.self, from: Data(bytes))
            return nil
        } catch {
            return error as? Problem
        }
    }
}

/// The names of a request's members, held against its schema. No value is kept: a large body costs what it holds.
private struct RequestMembers: Decodable {
    /// Where the decoder is told which schema is meant.
    static let schemaKey = CodingUserInfoKey(rawValue: "schema")

    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let schema = RequestMembers.schemaKey.flatMap { decoder.userInfo[$0] as? String }
        try RequestMembers.check(
            decoder.container(keyedBy: Name.self),
            RequestMembers.fields(of: schema),
            at: ""
        )
    }

    private static func fields(of schema: String?) -> [Schema.Field] {
        Schemas.requests.first { $0.0 == schema }?.1 ?? []
    }

    private static func check(
        _ object: KeyedDecodingContainer<Name>,
        _ fields: [Schema.Field],
        at place: String
    ) throws {
        for name in object.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            guard let field = fields.first(where: { $0.name == name.stringValue }) else {
                throw unknown(name.stringValue, among: fields, at: place)
            }
            guard case .list(let element, let least) = field.schema, try !object.decodeNil(forKey: name) else {
                continue
            }
            var elements = try object.nestedUnkeyedContainer(forKey: name)
            if let count = elements.count, count < least { throw empty(place + field.name) }
            guard case .named(let schema) = element else { continue }
            while !elements.isAtEnd {
                let inner = "\(place)\(field.name)[\(elements.currentIndex)]."
                try check(elements.nestedContainer(keyedBy: Name.self), RequestMembers.fields(of: schema), at: inner)
            }
        }
    }

    private static func unknown(_ name: String, among fields: [Schema.Field], at place: String) -> Problem {
        let known = fields.map(\.name)
        let shown = place + name.prefix(64)
        return Problem(
            .invalidArgument,
            known.isEmpty ? "\(shown): this request has no fields" : "\(shown): there is no such field",
            object: "field \(shown)",
            remedy: NearestName.hint(known, to: name)
                ?? (known.isEmpty ? "send no body" : "the fields are \(known.joined(separator: ", "))")
        )
    }

    private static func empty(_ place: String) -> Problem {
        Problem(
            .invalidArgument,
            "\(place): an empty list means no worker at all",
            object: "field \(place)",
            remedy: "leave \(place) out to mean every worker of the pool"
        )
    }
}
