private import FoundationEssentials
package import PoolModel

/// JSON in the form of the control API: camelCase keys in alphabetical order, no escaped slashes, UTF-8.
package enum JSONCoding {
    /// Throws where a number is not finite.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// Reads a message; unknown keys are ignored, so that an older client understands a newer daemon.
    ///
    /// Throws a ``PoolError`` that names the place: `workers[0].status: missing`.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self,
        from bytes: some Collection<UInt8>
    ) throws(PoolError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw PoolError(.invalidArgument, JSONCoding.text(of: error))
        } catch {
            throw PoolError(.invalidArgument, "not JSON")
        }
    }

    private static func text(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(place(context.codingPath + [key])): missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(place(context.codingPath)): wrong type"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "not JSON" : "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            "not what was expected"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        var result = ""
        for key in path {
            if let index = key.intValue {
                result += "[\(index)]"
            } else {
                result += result.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return result.isEmpty ? "the message" : result
    }
}
