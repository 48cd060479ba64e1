/// How much of a stretch a part wants.
package enum Extent: Hashable, Sendable {
    /// So many columns or rows, while there are any.
    case fixed(Int)
    /// A share of what the fixed ones leave, by weight.
    case share(Int)
}

extension Rect {
    /// Stacks parts from top to bottom; they cover the rectangle exactly where one of them is a share.
    package func rows(_ extents: [Extent]) -> [Rect] {
        var top = y
        return Rect.lengths(extents, in: height).map { length in
            defer { top += length }
            return Rect(x: x, y: top, width: width, height: length)
        }
    }

    /// Puts parts side by side from the left.
    package func columns(_ extents: [Extent]) -> [Rect] {
        var left = x
        return Rect.lengths(extents, in: width).map { length in
            defer { left += length }
            return Rect(x: left, y: y, width: length, height: height)
        }
    }

    /// Fixed parts take theirs in order until nothing is left, shares divide the rest; the last share takes the odd cell.
    private static func lengths(_ extents: [Extent], in total: Int) -> [Int] {
        var left = total
        var weights = 0
        var lengths = extents.map { extent in
            switch extent {
            case .fixed(let wanted):
                let length = min(max(0, wanted), left)
                left -= length
                return length
            case .share(let weight):
                weights += max(0, weight)
                return 0
            }
        }
        let rest = left
        for (index, extent) in extents.enumerated() {
            guard case .share(let weight) = extent, weights > 0 else { continue }
            lengths[index] = rest * max(0, weight) / weights
            left -= lengths[index]
        }
        let last = extents.lastIndex { if case .share = $0 { true } else { false } }
        if let last, left > 0 { lengths[last] += left }
        return lengths
    }
}
