import PoolModel
internal import PoolTOML

/// Turns a profile's tables into a spec, by the reference's table of keys.
struct ProfileDecoder {
    /// What the profile says, with the defaults where it says nothing.
    private(set) var spec = ProfileField.defaults
    private(set) var problems: [ProfileProblem] = []
    /// Where each key that is given stands, by its path; tables by their name.
    private(set) var keyPositions: [String: TextPosition] = [:]
    /// Where the values stand.
    private(set) var valuePositions: [String: TextPosition] = [:]

    /// The keys whose values were refused, and those that are missing: nothing more can be said of them.
    private(set) var broken: Set<String> = []

    private static let tables: Set<String> = Set(ProfileReference.sections.map(\.table))

    /// - Parameter isComplete: false where parts could not be read: missing keys are then not reported.
    mutating func decode(_ root: TOMLTable, isComplete: Bool) {
        decode(root, table: "")
        guard isComplete else { return }
        for field in ProfileReference.fields where field.defaultText == nil && keyPositions[field.path] == nil {
            broken.insert(field.path)
            problems.append(
                ProfileProblem(
                    position: keyPositions[field.table] ?? TextPosition(line: 1, column: 1),
                    message: "\(field.key) is missing in [\(field.table)]",
                    suggestion: ProfileDecoder.examples[field.path]
                )
            )
        }
    }

    private static let examples = [
        "pool.name": "add name = \"example\"",
        "worker.command": "add command = [\"python3\", \"app.py\", \"--path={socket}\"]",
    ]

    private mutating func decode(_ table: TOMLTable, table name: String) {
        for entry in table.entries {
            let path = name.isEmpty ? entry.key : "\(name).\(entry.key)"
            if let field = ProfileReference.field(path) {
                keyPositions[path] = entry.keyPosition
                valuePositions[path] = entry.value.position
                let count = problems.count
                field.decode(entry.value, &spec, &problems)
                if problems.count > count { broken.insert(path) }
                for index in problems.indices[count...] where problems[index].message.hasPrefix("expected") {
                    problems[index].message = "\(field.key): \(problems[index].message)"
                }
            } else if ProfileDecoder.tables.contains(path) {
                keyPositions[path] = entry.keyPosition
                if case .table(let inner) = entry.value.kind {
                    decode(inner, table: path)
                } else {
                    problems.append(.expected("a table, [\(path)]", found: entry.value))
                }
            } else {
                problems.append(unknown(entry, in: name))
            }
        }
    }

    /// The refusal of an unknown key, with the nearest known one: of this table, then of other tools, then of others.
    private func unknown(_ entry: TOMLTable.Entry, in table: String) -> ProfileProblem {
        let key = entry.key
        let isTable = if case .table = entry.value.kind { true } else { false }
        let kind = isTable ? "table" : "key"
        let shown = quoted(String(key.prefix(64)))
        return ProfileProblem(
            position: entry.keyPosition,
            message: "unknown \(kind) \(shown)" + (table.isEmpty ? "" : " in [\(table)]"),
            suggestion: suggestion(key, in: table)
        )
    }

    private func suggestion(_ key: String, in table: String) -> String? {
        let names = ProfileDecoder.names(in: table)
        if let near = NearestName.among(names, to: key).first {
            return "did you mean \(table.isEmpty ? "[\(near)]" : near)"
        }
        if let path = ProfileReference.foreignNames[key.lowercased()], let field = ProfileReference.field(path) {
            return "here that is \(field.key) in [\(field.table)]"
        }
        if let field = ProfileReference.fields.first(where: { $0.key == key }) {
            return "\(key) belongs in [\(field.table)]"
        }
        if let other = NearestName.among(ProfileReference.fields.map(\.key), to: key).first,
            let field = ProfileReference.fields.first(where: { $0.key == other })
        {
            return "did you mean \(field.key) in [\(field.table)]"
        }
        return names.isEmpty ? nil : "known are \(names.joined(separator: ", "))"
    }

    /// The keys and tables that a table can hold.
    private static func names(in table: String) -> [String] {
        let prefix = table.isEmpty ? "" : table + "."
        let tables = tables.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.utf8.count).contains(".") }
        let keys = ProfileReference.fields.filter { $0.table == table }.map(\.key)
        return keys + tables.map { String($0.dropFirst(prefix.utf8.count)) }.sorted()
    }
}
