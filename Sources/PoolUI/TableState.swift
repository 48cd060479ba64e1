internal import PoolModel

/// The worker table's state. The selection is a worker, never a row, and the order of rows holds still while the user
/// moves, while anything is tagged, and until `Z` where it was frozen: nobody acts on the wrong row.
package struct TableState: Sendable {
    /// For how long after a movement the order is held.
    package static let hold = Duration.seconds(3)

    package var sort = WorkerColumn.id
    package var isDescending = false
    package var filter: Pattern?
    package var hidesStopped = false
    /// The numbers of the workers that are shown, in their order.
    package var order: [Int] = []
    package var selected: Int?
    package var tagged: Set<Int> = []
    package var heldUntil = Duration.zero
    package var isFrozen = false
    /// The row at the top of the table.
    package var top = 0

    package init() {}

    /// The row of the selected worker.
    package var row: Int? { selected.flatMap { order.firstIndex(of: $0) } }

    package func isHeld(at uptime: Duration) -> Bool { isFrozen || !tagged.isEmpty || uptime < heldUntil }

    /// Selects the worker so many rows away; stays within the table.
    package mutating func move(by rows: Int) {
        guard !order.isEmpty else { return }
        let row = self.row ?? 0
        selected = order[min(max(0, row + rows), order.count - 1)]
    }

    /// Scrolls so that the selected row is among so many rows.
    package mutating func scroll(rows: Int) {
        let row = self.row ?? 0
        let rows = max(1, rows)
        if row < top { top = row }
        if row >= top + rows { top = row - rows + 1 }
        top = max(0, min(top, order.count - rows))
    }

    /// What the order needs to know of a worker: a few words, because large pools are sorted every second.
    package struct Row: Hashable, Sendable {
        package var number: Int
        package var key: Double
    }

    /// The rows of those workers that the filter does not leave out.
    func rows(of workers: [WorkerSnapshot], line: (WorkerSnapshot) -> WorkerLine) -> [Row] {
        // The usual table asks for no more than this, and a line is a copy of all that is known of a worker.
        if sort == .id, filter == nil, !hidesStopped {
            return workers.indices.map { index in
                let number = workers[index].status.id.number
                return Row(number: number, key: Double(number))
            }
        }
        return workers.compactMap { worker in
            let line = line(worker)
            return accepts(line) ? Row(number: line.number, key: sort.key(of: line)) : nil
        }
    }

    /// Takes a new list of workers over: those that pass the filter, and the numbers of all. Where the order is held,
    /// those that are there keep their rows and new ones come last; a selected worker that is gone passes the selection
    /// on to the row where it stood.
    mutating func arrange(_ shown: [Row], all numbers: some Sequence<Int>, isHeld: Bool) {
        let row = self.row
        if isHeld {
            let present = Set(shown.map(\.number))
            let kept = order.filter { present.contains($0) }
            let known = Set(kept)
            order = kept + shown.map(\.number).filter { !known.contains($0) }
        } else {
            order = sorted(shown).map(\.number)
        }
        if !tagged.isEmpty { tagged.formIntersection(numbers) }
        if let selected, order.contains(selected) { return }
        selected = order.isEmpty ? nil : order[min(row ?? 0, order.count - 1)]
    }

    private func accepts(_ line: WorkerLine) -> Bool {
        if hidesStopped, !line.status.state.isAlive { return false }
        guard let filter else { return true }
        let label = WorkerLabel(line.status)
        return filter.accepts(
            "\(line.status.id) \(label.long) \(line.status.state.rawValue) \(line.status.why(now: line.now) ?? "")"
        )
    }

    /// Equal keys by number, so that equal rows do not change places.
    private func sorted(_ rows: [Row]) -> [Row] {
        rows.sorted { left, right in
            if left.key == right.key { return left.number < right.number }
            return (left.key < right.key) != isDescending
        }
    }
}
