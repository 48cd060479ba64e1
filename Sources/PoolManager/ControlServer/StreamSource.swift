internal import PoolAPI
internal import PoolModel

/// One reader's stream: hands out what is new since it was last asked.
///
/// It is asked again only when the reader has taken what came before. A reader that stops reading therefore holds a
/// position and nothing else; what went by meanwhile is told as a gap.
protocol StreamSource: Sendable {
    /// What is new; empty where nothing is, nil at the end of the stream.
    mutating func take() async throws -> [StreamRecord]?

    /// What has to change before there is something new.
    var topic: Topic { get }
    /// The version of the topic that ``take()`` has seen.
    var seen: UInt64 { get }
    /// The least time between two lots of records.
    var interval: Duration { get }
}

extension StreamSource {
    var interval: Duration { .zero }
}

/// `GET /v1/events` as a stream: what is kept after a sequence number, then all that comes.
struct EventSource: StreamSource {
    let manager: Manager
    let query: EventQuery
    /// The last event that was looked at; nil before the first records.
    var position: UInt64?
    let topic = Topic.events
    private(set) var seen: UInt64 = 0

    init(manager: Manager, query: EventQuery, after: UInt64?) {
        self.manager = manager
        self.query = query
        position = after ?? query.after
    }

    mutating func take() async throws -> [StreamRecord]? {
        let page = try await manager.events(query, after: position, limit: 256)
        seen = page.version
        position = page.next
        var records: [StreamRecord] = []
        if let gap = page.gap { records.append(gap) }
        for event in page.events { records.append(try StreamRecord(.change, sequence: event.sequence, event)) }
        return records
    }
}

extension EventPage {
    /// What the reader is told before the events; nil where it has missed nothing.
    fileprivate var gap: StreamRecord? {
        .gap(missed: missed, isReset: isReset, before: events.first?.sequence ?? next + 1)
    }
}

extension StreamRecord {
    /// A gap's number is the one before the next record's: a reader that is cut off behind it misses nothing more.
    static func gap(missed: UInt64, isReset: Bool, before next: UInt64) -> StreamRecord? {
        guard missed > 0 || isReset else { return nil }
        return .gap(StreamGap(missed: missed, reset: isReset), sequence: next > 0 ? next - 1 : 0)
    }
}

/// `GET /v1/state` as a stream: a snapshot, then what changed since the record before.
struct StateSource: StreamSource {
    let manager: Manager
    let pool: String?
    let interval: Duration
    let topic = Topic.state
    private(set) var seen: UInt64 = 0
    private var last: StateSnapshot?

    init(manager: Manager, pool: String?, interval: Duration) {
        self.manager = manager
        self.pool = pool
        self.interval = interval
    }

    mutating func take() async throws -> [StreamRecord]? {
        let (state, version) = try await manager.state(pool: pool)
        guard last == nil || version != seen else { return [] }
        seen = version
        defer { last = state }
        guard let last else { return [try StreamRecord(.snapshot, sequence: version, state)] }
        // A change can name workers that have gone, not pools.
        guard Set(last.pools.map(\.name)).isSubset(of: state.pools.map(\.name)) else {
            return [try StreamRecord(.snapshot, sequence: version, state)]
        }
        return [try StreamRecord(.change, sequence: version, StateChange(from: last, to: state))]
    }
}

/// `GET /v1/stats` as a stream: the figures, once per interval.
struct StatsSource: StreamSource {
    let manager: Manager
    let pool: String?
    let workers: [String]
    let interval: Duration
    let topic = Topic.stats
    private(set) var seen: UInt64 = 0
    private var isFirst = true

    init(manager: Manager, pool: String?, workers: [String], interval: Duration) {
        self.manager = manager
        self.pool = pool
        self.workers = workers
        self.interval = interval
    }

    mutating func take() async throws -> [StreamRecord]? {
        let (stats, version) = try await manager.stats(pool: pool, workers: workers)
        guard isFirst || version != seen else { return [] }
        seen = version
        isFirst = false
        return [try StreamRecord(.snapshot, sequence: version, stats)]
    }
}

/// `GET /v1/operations` and `GET /v1/operations/{operation}` as streams: each change of one.
struct OperationSource: StreamSource {
    let manager: Manager
    let pool: String?
    /// One operation, whose end is the end of the stream; nil is all.
    let id: OperationID?
    let topic = Topic.operations
    private(set) var seen: UInt64 = 0
    private var known: [OperationID: Operation] = [:]
    private var isOver = false

    init(manager: Manager, pool: String?, id: OperationID?) {
        self.manager = manager
        self.pool = pool
        self.id = id
    }

    mutating func take() async throws -> [StreamRecord]? {
        if isOver { return nil }
        let (operations, version) = try await manager.operations(pool: pool, id: id)
        let isFirst = seen == 0
        seen = version
        let changed = operations.filter { known[$0.id] != $0 }
        known = Dictionary(operations.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        isOver = id != nil && operations.allSatisfy { $0.state.isFinished }
        return try changed.map { try StreamRecord(isFirst ? .snapshot : .change, sequence: version, $0) }
    }
}
