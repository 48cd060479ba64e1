/// A stretch of one row that has changed.
package struct Run: Hashable, Sendable {
    package var y: Int
    package var x: Int
    package var count: Int

    package init(y: Int, x: Int, count: Int) {
        self.y = y
        self.x = x
        self.count = count
    }
}

extension Screen {
    /// Calls `emit` for the stretches in which this screen differs from an older one of the same size, top down.
    ///
    /// Up to `join` equal cells between two changes are sent along: moving the cursor costs about six bytes. Runs begin
    /// and end at whole glyphs.
    package func difference(from old: Screen, join: Int = 4, _ emit: (Run) -> Void) {
        precondition(old.size == size, "difference of screens of two sizes: \(old.size) \(size)")
        let columns = size.columns
        old.cells.withUnsafeBufferPointer { before in
            cells.withUnsafeBufferPointer { after in
                for y in 0..<size.rows {
                    let base = y * columns
                    var x = 0
                    while x < columns {
                        guard before[base + x] != after[base + x] else {
                            x += 1
                            continue
                        }
                        var first = x
                        var last = x
                        x += 1
                        while x < columns, x - last <= join {
                            if before[base + x] != after[base + x] { last = x }
                            x += 1
                        }
                        while first > 0, after[base + first].isTail { first -= 1 }
                        while last + 1 < columns, after[base + last + 1].isTail { last += 1 }
                        emit(Run(y: y, x: first, count: last - first + 1))
                        x = last + 1
                    }
                }
            }
        }
    }

    /// Takes over the cells of a run from another screen of the same size.
    package mutating func apply(_ run: Run, from other: Screen) {
        for x in run.x..<run.x + run.count { self[x, run.y] = other[x, run.y] }
    }
}
