package import PoolModel
package import PoolScreen

/// One row of the worker table: the newest snapshot and what was seen before it.
package struct WorkerLine: Sendable {
    package var worker: WorkerSnapshot
    package var figures: WorkerFigures
    package var now: Timestamp
    package var glyphs: Glyphs

    package var status: WorkerStatus { worker.status }
    package var number: Int { worker.status.id.number }
    /// Errors and 5xx of the last minute.
    package var failures: UInt64 { figures.history.failures(last: 60) }
    /// Seconds since the process started; nil where there is none.
    package var age: Double? {
        guard status.state.isAlive else { return nil }
        return status.startedAt.map { max(0, now.seconds - $0.seconds) } ?? worker.resources?.uptimeSeconds
    }
}

/// The columns of the worker table: title, width, from which screen width on, text and sorting, all in one place.
package enum WorkerColumn: String, Hashable, Sendable, CaseIterable {
    case id, state, pid, cpu, rss, requests, inFlight, p50, p99, errors, restarts, age, generation

    package var title: String {
        switch self {
        case .id: "ID"
        case .state: "STATE"
        case .pid: "PID"
        case .cpu: "CPU%"
        case .rss: "RSS"
        case .requests: "REQ/S"
        case .inFlight: "FLY"
        case .p50: "P50"
        case .p99: "P99"
        case .errors: "ERR"
        case .restarts: "RST"
        case .age: "AGE"
        case .generation: "GEN"
        }
    }

    /// Whether the first press sorts the largest first.
    package var startsDescending: Bool {
        switch self {
        case .id, .pid: false
        case .state, .cpu, .rss, .requests, .inFlight, .p50, .p99, .errors, .restarts, .age, .generation: true
        }
    }

    private var width: (columns: Int, shownFrom: Int) {
        switch self {
        case .id: (4, 0)
        case .state: (7, 0)
        case .pid: (7, 96)
        case .cpu: (5, 0)
        case .rss: (5, 46)
        case .requests: (6, 0)
        case .inFlight: (4, 88)
        case .p50: (5, 66)
        case .p99: (5, 52)
        case .errors: (4, 58)
        case .restarts: (3, 80)
        case .age: (6, 108)
        case .generation: (3, 124)
        }
    }

    /// The columns in their order, those that were chosen or else all; the sorted one is marked in its title and is never
    /// dropped.
    package static func all(
        _ chosen: [WorkerColumn]? = nil,
        sort: WorkerColumn,
        isDescending: Bool,
        glyphs: Glyphs,
        wide: Bool,
        digits: Int
    ) -> [Column<WorkerLine>] {
        (chosen ?? allCases).map { column in
            let mark = column == sort ? (isDescending ? glyphs.descending : glyphs.ascending) : ""
            var width = column.width.columns
            if column == .id { width = max(width, digits) }
            if column == .state, wide { width = 13 }
            return Column(
                column.title + mark,
                width: max(width, column.title.count + (mark.isEmpty ? 0 : 1)),
                isRightAligned: column != .state,
                shownFrom: column == sort ? 0 : column.width.shownFrom,
                cell: { column.text(of: $0, wide: wide) }
            )
        }
    }

    /// What rows are sorted by.
    package func key(of line: WorkerLine) -> Double {
        switch self {
        case .id: Double(line.number)
        case .state: Double(WorkerLabel(line.status).mark.severity)
        case .pid: Double(line.status.process?.pid ?? 0)
        case .cpu: line.worker.resources?.cpuPercent ?? -1
        case .rss: Double(line.worker.resources?.rssBytes ?? 0)
        case .requests: line.worker.traffic.requestsPerSecond
        case .inFlight: Double(line.worker.traffic.inFlight)
        case .p50: line.worker.traffic.p50Milliseconds ?? -1
        case .p99: line.worker.traffic.p99Milliseconds ?? -1
        case .errors: Double(line.failures)
        case .restarts: Double(line.status.restarts)
        case .age: line.age ?? -1
        case .generation: Double(line.status.generation)
        }
    }

    private func text(of line: WorkerLine, wide: Bool) -> CellText {
        let traffic = line.worker.traffic
        switch self {
        case .id: return CellText(String(line.number), .key)
        case .state:
            let label = WorkerLabel(line.status)
            return CellText("\(label.glyph(line.glyphs)) \(wide ? label.long : label.short)", label.role)
        case .pid: return CellText(line.status.process.map { String($0.pid) } ?? "-", .dim)
        case .cpu:
            guard let resources = line.worker.resources else { return CellText("-", .dim) }
            return CellText(Figures.percent(resources.cpuPercent), resources.cpuPercent > 90 ? .warn : .normal)
        case .rss: return line.worker.resources.map { CellText(Figures.bytes($0.rssBytes)) } ?? CellText("-", .dim)
        case .requests: return WorkerColumn.quiet(traffic.requestsPerSecond, line) { Figures.rate($0) }
        case .inFlight: return WorkerColumn.quiet(Double(traffic.inFlight), line) { Figures.count(UInt64($0)) }
        case .p50: return CellText(Figures.milliseconds(traffic.p50Milliseconds), .normal)
        case .p99: return CellText(Figures.milliseconds(traffic.p99Milliseconds), .normal)
        case .errors:
            return line.failures == 0
                ? CellText(line.glyphs.nothing, .dim) : CellText(Figures.count(line.failures), .bad)
        case .restarts:
            return line.status.restarts == 0
                ? CellText(line.glyphs.nothing, .dim) : CellText(Figures.count(UInt64(line.status.restarts)), .warn)
        case .age: return line.age.map { CellText(Figures.age($0)) } ?? CellText("-", .dim)
        case .generation: return CellText(String(line.status.generation), .dim)
        }
    }

    /// A figure that does not shout when it is zero.
    private static func quiet(_ value: Double, _ line: WorkerLine, _ text: (Double) -> String) -> CellText {
        value > 0 ? CellText(text(value)) : CellText(line.glyphs.nothing, .dim)
    }
}
