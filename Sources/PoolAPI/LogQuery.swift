package import PoolModel

/// The parameters of `GET /v1/logs`.
package struct LogQuery: Hashable, Sendable {
    package var pool: String?
    /// Selectors; empty is all.
    package var workers: [String] = []
    /// Empty is all.
    package var streams: Set<LogStream> = []
    package var tail: Int?
    package var since: Timestamp?
    package var after: UInt64?
    package var grep: String?
    /// A regular expression.
    package var regex: String?
    package var ignoreCase = false
    /// This level and above; nil is all.
    package var level: LogLevel?
    package var life: Lives?
    package var follow = false

    /// Which processes of a worker are meant.
    package enum Lives: String, Hashable, Sendable, CaseIterable {
        case present, previous
    }

    package init() {}

    package init(_ query: Query) {
        pool = query.text("pool")
        workers = query.list("workers")
        streams = Set(query.list("stream").compactMap { LogStream(rawValue: $0) })
        tail = query.integer("tail").map { Int($0) }
        since = query.time("since")
        after = query.integer("after").map { UInt64($0) }
        grep = query.text("grep")
        regex = query.text("regex")
        ignoreCase = query.flag("ignoreCase")
        level = query.text("level").flatMap { LogLevel(rawValue: $0) }
        life = query.text("life").flatMap { Lives(rawValue: $0) }
        follow = query.flag("follow")
    }

    package var items: QueryItems {
        var items = QueryItems()
        items.add("pool", pool)
        items.add("workers", list: workers)
        items.add("stream", list: streams.map(\.rawValue).sorted())
        items.add("tail", tail)
        items.add("since", time: since)
        items.add("after", after)
        items.add("grep", grep)
        items.add("regex", regex)
        items.add("ignoreCase", flag: ignoreCase)
        items.add("level", level?.rawValue)
        items.add("life", life?.rawValue)
        items.add("follow", flag: follow)
        return items
    }

    /// How many lines an answer holds where neither `tail` nor a starting point is given.
    package static let tailDefault = 100
    /// Lines of one answer. Beyond: the oldest are left out; a stream sends them all.
    package static let linesMax = 100_000
}
