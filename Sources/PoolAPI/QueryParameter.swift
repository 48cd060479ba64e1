/// One parameter behind the `?` of a route: its name, its type, what it does.
package struct QueryParameter: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case text
        case integer(min: Int64, max: Int64)
        /// Seconds, with a fraction.
        case seconds(min: Double = 0, max: Double)
        /// `true`, `false`, or the bare name for true.
        case flag
        /// RFC 3339 in UTC.
        case time
        case choice([String])
        /// Several values separated by commas; the parameter may be repeated too.
        case choices([String])
        case texts
    }

    package var name: String
    package var kind: Kind
    package var summary: String

    package init(_ name: String, _ kind: Kind, _ summary: String) {
        self.name = name
        self.kind = kind
        self.summary = summary
    }
}

extension QueryParameter {
    /// Unicode scalars of a text, and of an item of a list.
    package static let textMax = 1024
    package static let itemMax = 128
    /// Items of a list. With every character percent-encoded, a query is below the server's bound on request lines.
    package static let itemsMax = 32
    static let follow = QueryParameter("follow", .flag, "Answer with a stream instead of what is known now.")
    static let pool = QueryParameter("pool", .text, "Only this pool.")
    static let workers = QueryParameter(
        "workers",
        .texts,
        "Only these workers: selectors (`example_3`, `1-4`, `state:fatal`)."
    )
    static let interval = QueryParameter(
        "interval",
        // Figures are made once a second.
        .seconds(min: 1, max: 3600),
        "Least time between two records of a stream, in seconds (default 1)."
    )
    /// The header `Last-Event-ID` for clients that cannot set one.
    static let after = QueryParameter(
        "after",
        .integer(min: 0, max: StreamRecord.sequenceMax),
        "Only what came after this sequence number; `Last-Event-ID` of a stream that is taken up again."
    )
}
