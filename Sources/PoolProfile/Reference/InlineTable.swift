import PoolModel
internal import PoolTOML

/// Reads the entries of a table that is a value: each key once, unknown ones with the nearest known.
struct InlineTable {
    private let table: TOMLTable
    private let name: String
    private let position: TextPosition
    private var known: [String] = []

    init(_ table: TOMLTable, of name: String, at position: TextPosition) {
        self.table = table
        self.name = name
        self.position = position
    }

    mutating func optional<Value>(
        _ key: String,
        _ codec: ProfileCodec<Value>,
        _ problems: inout [ProfileProblem]
    ) -> Value? {
        known.append(key)
        let count = problems.count
        let value = table[key].flatMap { codec.read($0, &problems) }
        for index in problems.indices[count...] where problems[index].message.hasPrefix("expected") {
            problems[index].message = "\(key): \(problems[index].message)"
        }
        return value
    }

    mutating func required<Value>(
        _ key: String,
        _ codec: ProfileCodec<Value>,
        _ problems: inout [ProfileProblem]
    ) -> Value? {
        if table[key] == nil {
            problems.append(
                ProfileProblem(position: position, message: "\(key) is missing in \(name)", suggestion: nil)
            )
        }
        return optional(key, codec, &problems)
    }

    /// Call it last: reports the keys that nobody asked for.
    func finish(_ problems: inout [ProfileProblem]) {
        for entry in table.entries where !known.contains(entry.key) {
            let near = NearestName.among(known, to: entry.key).first.map { "did you mean \($0)" }
            problems.append(
                ProfileProblem(
                    position: entry.keyPosition,
                    message: "unknown key \(quoted(String(entry.key.prefix(64)))) in \(name)",
                    suggestion: near ?? "known are \(known.joined(separator: ", "))"
                )
            )
        }
    }
}
