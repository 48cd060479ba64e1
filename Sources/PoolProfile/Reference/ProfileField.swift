import PoolModel
internal import PoolTOML

/// One key of a profile: all that the decoder, the writer and the reference know about it.
package struct ProfileField: Sendable {
    /// The table it stands in: `worker.backoff`.
    package let table: String
    package let key: String
    /// What kind of value it takes, for people.
    package let type: String
    /// The default as TOML; nil where the key must be given.
    package let defaultText: String?
    /// A sentence or two.
    package let meaning: String

    let decode: @Sendable (TOMLValue, inout PoolSpec, inout [ProfileProblem]) -> Void
    /// The value as TOML on one line.
    let encode: @Sendable (PoolSpec) -> String
    /// Where the value is a table: its entries, a line each; nil for all others.
    let encodeLines: @Sendable (PoolSpec) -> [String]?

    /// The name from the root: `worker.backoff.initial`.
    package var path: String { "\(table).\(key)" }

    /// A spec in which everything has its default: where the reference takes its defaults from.
    static let defaults = PoolSpec(
        name: "",
        worker: WorkerSpec(command: [], listen: "unix:{run}/{name}.sock")
    )

    init<Value>(
        _ path: String,
        _ codec: ProfileCodec<Value>,
        get: @escaping @Sendable (PoolSpec) -> Value,
        set: @escaping @Sendable (inout PoolSpec, Value) -> Void,
        isRequired: Bool = false,
        _ meaning: String
    ) {
        let dot = path.lastIndex(of: ".") ?? path.startIndex
        table = String(path[..<dot])
        key = String(path[path.index(after: dot)...])
        type = codec.type
        defaultText = isRequired ? nil : codec.write(get(ProfileField.defaults))
        self.meaning = meaning
        decode = { value, spec, problems in
            if let result = codec.read(value, &problems) { set(&spec, result) }
        }
        encode = { codec.write(get($0)) }
        encodeLines = { codec.writeLines?(get($0)) }
    }

    init<Value>(
        _ path: String,
        _ keyPath: any WritableKeyPath<PoolSpec, Value> & Sendable,
        _ codec: ProfileCodec<Value>,
        isRequired: Bool = false,
        _ meaning: String
    ) {
        self.init(
            path,
            codec,
            get: { $0[keyPath: keyPath] },
            set: { $0[keyPath: keyPath] = $1 },
            isRequired: isRequired,
            meaning
        )
    }
}
