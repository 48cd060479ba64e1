internal import PoolModel

/// How the keeper's children are told apart: what a process is, written on it when it was started.
enum ChildTag: Hashable, Sendable {
    case worker(WorkerID, life: Life, generation: Generation)
    /// A proxy process by its number, and the first of its lanes with how many.
    case proxy(number: UInt64, lane: Int, lanes: Int)

    case hook(pool: String, number: UInt64)

    static let workerPrefix = "worker/"

    /// `worker/example/3/7/1`, `proxy/2/0/2`, `hook/example/9`
    var text: String {
        switch self {
        case .worker(let id, let life, let generation): "worker/\(id.pool)/\(id.number)/\(life)/\(generation)"
        case .proxy(let number, let lane, let lanes): "proxy/\(number)/\(lane)/\(lanes)"
        case .hook(let pool, let number): "hook/\(pool)/\(number)"
        }
    }

    /// Numbers that are counted on from stay below it.
    private static let countMax = UInt64.max / 2

    /// Reads a tag; nil for one that is not of this version, or that no daemon has written: its numbers are counted
    /// with.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("worker", 5):
            guard let number = Int(parts[2]), (0...Int(Int32.max)).contains(number), let life = Life(parts[3]),
                life <= Self.countMax, let generation = Generation(parts[4]), generation <= Self.countMax
            else { return nil }
            self = .worker(WorkerID(pool: String(parts[1]), number: number), life: life, generation: generation)
        case ("proxy", 4):
            guard let number = UInt64(parts[1]), number <= Self.countMax, let lane = Int(parts[2]), lane >= 0,
                let lanes = Int(parts[3]), lanes >= 1, lane <= Limits.lanesMax, lanes <= Limits.lanesMax - lane
            else { return nil }
            self = .proxy(number: number, lane: lane, lanes: lanes)
        case ("hook", 3):
            guard let number = UInt64(parts[2]), number <= Self.countMax else { return nil }
            self = .hook(pool: String(parts[1]), number: number)
        default:
            return nil
        }
    }
}
