import PoolModel
internal import PoolTOML

/// How one kind of value is read from a profile and written to one.
struct ProfileCodec<Value: Sendable>: Sendable {
    /// The name of the kind in the reference: `duration`.
    var type: String
    /// For messages: `a duration such as "30s", "500ms" or a number of seconds`.
    var expected: String
    /// Reads the value; nil where it is none, with every reason reported.
    var read: @Sendable (TOMLValue, inout [ProfileProblem]) -> Value?
    /// The value as TOML, which reads back as the same.
    var write: @Sendable (Value) -> String
    /// Where the value is a table: its entries, a line each.
    var writeLines: (@Sendable (Value) -> [String])?

    /// A kind that is one TOML value; `read` says nil for what it is not.
    init(
        _ type: String,
        expected: String,
        read: @escaping @Sendable (TOMLValue.Kind) -> Value?,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.init(
            type: type,
            expected: expected,
            reading: { value, problems in
                if let result = read(value.kind) { return result }
                problems.append(.expected(expected, found: value))
                return nil
            },
            write: write
        )
    }

    init(
        type: String,
        expected: String,
        reading: @escaping @Sendable (TOMLValue, inout [ProfileProblem]) -> Value?,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.type = type
        self.expected = expected
        self.read = reading
        self.write = write
    }

    /// The same, or `false` for none.
    var optional: ProfileCodec<Value?> {
        let codec = self
        return ProfileCodec<Value?>(
            type: "\(type), or false",
            expected: "\(expected), or false for none",
            reading: { value, problems in
                if value.kind == .boolean(false) { return .some(.none) }
                if value.kind == .boolean(true) {
                    var refused: [ProfileProblem] = []
                    if let result = codec.read(value, &refused) { return .some(result) }
                    problems.append(.expected("\(codec.expected), or false for none", found: value))
                    return nil
                }
                guard let result = codec.read(value, &problems) else { return nil }
                return .some(result)
            },
            write: { $0.map(codec.write) ?? "false" }
        )
    }

    /// An array of them.
    var array: ProfileCodec<[Value]> {
        let codec = self
        return ProfileCodec<[Value]>(
            type: "array of \(type)",
            expected: "an array, each of it \(expected)",
            reading: { value, problems in
                guard case .array(let elements) = value.kind else {
                    problems.append(.expected("an array, each of it \(expected)", found: value))
                    return nil
                }
                let read = elements.map { codec.read($0, &problems) }
                return read.contains { $0 == nil } ? nil : read.compactMap { $0 }
            },
            write: { "[" + $0.map(codec.write).joined(separator: ", ") + "]" }
        )
    }

    /// An array of them, or a single one without the brackets.
    var oneOrMore: ProfileCodec<[Value]> {
        let (one, many) = (self, array)
        return ProfileCodec<[Value]>(
            type: "\(type), or array of it",
            expected: "\(expected), or an array of them",
            reading: { value, problems in
                if case .array = value.kind { return many.read(value, &problems) }
                return one.read(value, &problems).map { [$0] }
            },
            write: many.write
        )
    }

    /// Only what the rule, which returns what is wrong, has nothing against.
    func checked(_ rule: @escaping @Sendable (Value) -> (message: String, suggestion: String?)?) -> ProfileCodec {
        let codec = self
        return ProfileCodec(
            type: type,
            expected: expected,
            reading: { value, problems in
                guard let result = codec.read(value, &problems) else { return nil }
                guard let refusal = rule(result) else { return result }
                problems.append(
                    ProfileProblem(
                        position: value.position,
                        message: refusal.message,
                        suggestion: refusal.suggestion
                    )
                )
                return nil
            },
            write: write
        )
    }
}

extension ProfileProblem {
    static func expected(_ expected: String, found value: TOMLValue, suggestion: String? = nil) -> ProfileProblem {
        ProfileProblem(
            position: value.position,
            message: "expected \(expected); found \(value.summary)",
            suggestion: suggestion
        )
    }
}
