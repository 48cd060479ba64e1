internal import PoolScreen

/// A row of bars, the newest at the right.
enum Sparkline {
    /// Draws the last values that fit, scaled to `highest` or else to the highest of them; zero is a blank. The full
    /// block is not used: bars in neighbouring rows would run into each other.
    ///
    /// - Parameter isBad: Whether the value of an index is to be drawn as one that went wrong.
    static func draw(
        _ values: [Float],
        in rect: Rect,
        on screen: inout Screen,
        glyphs: Glyphs,
        highest: Float? = nil,
        role: Role = .graph,
        isBad: (Int) -> Bool = { _ in false }
    ) {
        let shown = values.suffix(rect.width)
        let highest = max(highest ?? shown.max() ?? 0, 0.001)
        let levels = glyphs.levels.dropLast()
        var x = rect.maxX - shown.count
        for index in shown.indices {
            let value = shown[index]
            if value > 0 {
                let level = Int((value / highest * Float(levels.count)).rounded(.up))
                let scalar = levels[min(max(level, 1), levels.count) - 1]
                screen.put(String(scalar), x: x, y: rect.y, role: isBad(index) ? .graphBad : role)
            }
            x += 1
        }
    }
}
