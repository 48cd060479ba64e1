internal import PoolScreen

/// The background of a row in a list, and the mark and cursor of the selected one.
enum ListRow {
    /// - Returns: The role of all that is put on the row; nil where every text has its own.
    static func begin(isSelected: Bool, y: Int, in rect: Rect, on screen: inout Screen) -> Role? {
        guard isSelected else { return nil }
        screen.fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), role: .selected)
        screen.put(">", x: rect.x, y: y, role: .selected)
        screen.cursor = Point(x: 0, y: y)
        return .selected
    }
}
