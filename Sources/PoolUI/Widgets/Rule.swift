internal import PoolScreen

/// `── logs: all workers ───────`
enum Rule {
    static func draw(_ parts: [CellText], in rect: Rect, on screen: inout Screen, glyphs: Glyphs) {
        screen.fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), glyphs.rule, role: .border)
        var x = rect.x + 2
        for part in parts where !part.text.isEmpty && x < rect.maxX - 2 {
            x = screen.put(
                " \(part.text) ",
                x: x,
                y: rect.y,
                role: part.role,
                limit: rect.maxX - x - 1,
                mark: glyphs.cut
            )
        }
    }
}
