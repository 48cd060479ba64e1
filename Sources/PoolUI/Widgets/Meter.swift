internal import PoolScreen

/// `[██████░░░░]`
enum Meter {
    /// Draws a gauge; a share of nil or above 1 is drawn as empty or full.
    ///
    /// - Parameter isLimit: Whether a full gauge is bad.
    static func draw(
        _ share: Double?,
        x: Int,
        y: Int,
        width: Int,
        isLimit: Bool = true,
        on screen: inout Screen,
        glyphs: Glyphs
    ) {
        guard width >= 3 else { return }
        let inner = width - 2
        let share = min(max(0, share ?? 0), 1)
        let full = share > 0 ? max(1, Int((share * Double(inner)).rounded())) : 0
        screen.put("[", x: x, y: y, role: .border)
        screen.fill(Rect(x: x + 1, y: y, width: full, height: 1), glyphs.full, role: isLimit ? level(share) : .graph)
        screen.fill(Rect(x: x + 1 + full, y: y, width: inner - full, height: 1), glyphs.empty, role: .gaugeEmpty)
        screen.put("]", x: x + width - 1, y: y, role: .border)
    }

    private static func level(_ share: Double) -> Role { share > 0.9 ? .bad : share > 0.7 ? .warn : .gauge }
}
