internal import PoolModel

/// The workers' places in the statistics segment: unique over all pools, kept while the worker exists.
struct SlotTable {
    private var slots: [WorkerID: Int] = [:]
    private var free: [Int] = []
    private var end = 0

    /// - Parameter entries: what the last manager had given out. Double slots are not believed.
    init(_ entries: [DaemonState.Slot] = []) {
        var taken: Set<Int> = []
        for entry in entries where (0..<Limits.slotsMax).contains(entry.slot) && taken.insert(entry.slot).inserted {
            slots[entry.worker] = entry.slot
        }
        end = (taken.max() ?? -1) + 1
        free = (0..<end).filter { !taken.contains($0) }.reversed()
    }

    subscript(worker: WorkerID) -> Int? { slots[worker] }

    /// The worker's slot, a new one where it has none; nil where all are taken.
    mutating func assign(_ worker: WorkerID) -> Int? {
        if let slot = slots[worker] { return slot }
        guard let slot = free.popLast() ?? (end < Limits.slotsMax ? end : nil) else { return nil }
        end = max(end, slot + 1)
        slots[worker] = slot
        return slot
    }

    mutating func release(_ worker: WorkerID) {
        if let slot = slots.removeValue(forKey: worker) { free.append(slot) }
    }

    var entries: [DaemonState.Slot] {
        slots.map { DaemonState.Slot(worker: $0.key, slot: $0.value) }.sorted { $0.slot < $1.slot }
    }
}
