/// Consistent hashing: every key has an order of workers, and a worker that goes takes only its own keys along.
package struct HashRing: Sendable {
    /// Points on the ring for a worker of weight 1: keys then spread to within about 10 %.
    package static let pointsPerWeight = 160
    /// Points of one worker: bounds the ring for large weights.
    package static let pointsMax = 1600

    private var points: [UInt64] = []
    private var owners: [Int32] = []

    /// A ring of the named workers; the name alone decides the place, so all proxies agree.
    package init(names: [String], weights: [Int]) {
        var pairs: [(point: UInt64, owner: Int32)] = []
        let least = max(1, weights.filter { $0 > 0 }.min() ?? 1)
        for (index, name) in names.enumerated() where weights[index] > 0 {
            let count = min(HashRing.pointsMax, HashRing.pointsPerWeight * weights[index] / least)
            let seed = KeyHash.of(name.utf8)
            for point in 0..<count { pairs.append((KeyHash.mix(seed &+ UInt64(point)), Int32(index))) }
        }
        pairs.sort { ($0.point, $0.owner) < ($1.point, $1.owner) }
        points = pairs.map(\.point)
        owners = pairs.map(\.owner)
    }

    package var isEmpty: Bool { points.isEmpty }
    package var count: Int { points.count }

    /// The place on the ring where a key's order of workers begins.
    package func start(of key: UInt64) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low == points.count ? 0 : low
    }

    /// The worker at a place.
    package func owner(at place: Int) -> Int { Int(owners[place]) }
}

/// A 64-bit hash of short keys: stable over processes and versions, unlike Swift's own. Not for secrets.
package enum KeyHash {
    /// FNV-1a, then mixed: FNV alone leaves the high bits of short keys alike.
    package static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return mix(hash)
    }

    /// The finalizer of splitmix64: every input bit reaches every output bit.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
