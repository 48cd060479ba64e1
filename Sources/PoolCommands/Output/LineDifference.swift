/// What makes one text out of another, line by line: removed lines with `-`, added ones with `+`.
struct LineDifference {
    enum Line: Hashable {
        case same(String), removed(String), added(String)
    }

    private(set) var lines: [Line] = []

    /// Bounded by the size of profiles; the two are compared by the standard library's shortest difference.
    init(from old: [String], to new: [String]) {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if right < new.count, added.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                left += 1
                right += 1
            }
        }
    }

    var isEmpty: Bool {
        lines.allSatisfy { if case .same = $0 { true } else { false } }
    }
}
