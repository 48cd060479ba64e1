internal import PoolAPI
internal import PoolModel

/// `GET /v1/logs` as a stream: the last lines, then all that come.
struct LogSource: StreamSource {
    let manager: Manager
    let query: LogQuery
    var position: UInt64?
    let topic = Topic.logs
    private(set) var seen: UInt64 = 0
    private let share: LogShare

    init(manager: Manager, query: LogQuery, after: UInt64?, share: LogShare) {
        self.manager = manager
        self.share = share
        self.query = query
        position = after ?? query.after
    }

    mutating func take() async throws -> [StreamRecord]? {
        if position == nil { position = try await manager.beginning(of: query) }
        let page = try await manager.lines(query, after: position, limit: share.lines)
        let bytesMax = share.bytes
        var bytes = 0
        var lines = page.lines.prefix { line in
            bytes += line.bytes.count
            return bytes <= bytesMax
        }
        if lines.isEmpty { lines = page.lines.prefix(1) }
        seen = page.version
        position = lines.count < page.lines.count ? lines.last?.sequence : page.next
        var records: [StreamRecord] = []
        if let gap = page.gap { records.append(gap) }
        var writer = LogRecordWriter()
        for line in lines { records.append(StreamRecord(.change, sequence: line.sequence, data: writer.json(line))) }
        // A long search in the files: it also finds out that the reader has gone.
        if records.isEmpty, page.isMore { records.append(.heartbeat(at: manager.clock.wall)) }
        return records
    }
}

extension LinePage {
    fileprivate var gap: StreamRecord? {
        .gap(missed: missed, isReset: isReset, before: lines.first?.sequence ?? next + 1)
    }
}
