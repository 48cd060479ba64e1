package import PoolModel

/// The parameters of `GET /v1/events`.
package struct EventQuery: Hashable, Sendable {
    package var pool: String?
    /// Selectors; empty is all, and what is about no worker too.
    package var workers: [String] = []
    /// Empty is all.
    package var kinds: Set<PoolEvent.Kind> = []
    /// This severity and above; nil is all.
    package var severity: PoolEvent.Severity?
    package var tail: Int?
    package var since: Timestamp?
    package var after: UInt64?
    package var follow = false

    package init() {}

    package init(_ query: Query) {
        pool = query.text("pool")
        workers = query.list("workers")
        kinds = Set(query.list("kind").compactMap { PoolEvent.Kind(rawValue: $0) })
        severity = query.text("severity").flatMap { PoolEvent.Severity(rawValue: $0) }
        tail = query.integer("tail").map { Int($0) }
        since = query.time("since")
        after = query.integer("after").map { UInt64($0) }
        follow = query.flag("follow")
    }

    package var items: QueryItems {
        var items = QueryItems()
        items.add("pool", pool)
        items.add("workers", list: workers)
        items.add("kind", list: kinds.map(\.rawValue).sorted())
        items.add("severity", severity?.rawValue)
        items.add("tail", tail)
        items.add("since", time: since)
        items.add("after", after)
        items.add("follow", flag: follow)
        return items
    }

    package static let tailDefault = 100

    /// Whether an event passes the filters, apart from `tail`.
    ///
    /// - Parameter chosen: The workers that the selectors mean; nil where there are no selectors.
    package func admits(_ event: PoolEvent, chosen: Set<WorkerID>?) -> Bool {
        if let pool, event.pool != pool, event.worker?.pool != pool { return false }
        if let chosen {
            guard let worker = event.worker, chosen.contains(worker) else { return false }
        }
        if !kinds.isEmpty, !kinds.contains(event.kind) { return false }
        if let severity, event.severity.rank < severity.rank { return false }
        if let since, event.at < since { return false }
        if let after, event.sequence <= after { return false }
        return true
    }
}

extension PoolEvent.Severity {
    /// Its place from the harmless to the grave.
    package var rank: Int { PoolEvent.Severity.allCases.firstIndex(of: self) ?? 0 }
}
