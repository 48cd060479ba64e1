import PoolAPI
import Testing

@Suite struct DocumentTests {
    @Test func theDocumentIsAsRecorded() throws { try expectGolden(OpenAPIDocument.bytes, "openapi.json") }

    @Test func theReferenceIsGenerated() throws { try expectGolden(Array(APIReference.markdown.utf8), "docs/API.md") }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = OpenAPIDocument.document
        let schemas = try #require(document["components"]?["schemas"])
        for name in references(document) { #expect(schemas[name] != nil, "\(name)") }
    }

    @Test func everyParameterOfAPathIsDescribed() throws {
        guard case .object(let paths) = OpenAPIDocument.document["paths"] else { throw Missing() }
        for (path, item) in paths {
            guard case .object(let operations) = item else { throw Missing() }
            for operation in operations.values {
                guard case .array(let parameters) = operation["parameters"] ?? [] else { throw Missing() }
                let named = parameters.filter { $0["in"] == "path" }.compactMap { $0["name"] }
                let wanted = path.split(separator: "/").filter { $0.hasPrefix("{") }
                    .map { JSONValue.string(String($0.dropFirst().dropLast())) }
                #expect(named == wanted, "\(path)")
            }
        }
    }

    private struct Missing: Error {}

    private func references(_ value: JSONValue) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { name, value in
                if name == "$ref", case .string(let target) = value {
                    return [String(target.split(separator: "/").last ?? "")]
                }
                return references(value)
            }
        case .array(let values): values.flatMap(references)
        case .null, .bool, .number, .string: []
        }
    }
}
