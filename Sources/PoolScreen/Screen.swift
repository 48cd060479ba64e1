/// What a terminal shows: cells in rows, and where its cursor stands. A value: views draw into it, tests compare it,
/// the terminal writes the difference to what it shows already.
package struct Screen: Hashable, Sendable {
    package let size: Size
    /// Row after row.
    package private(set) var cells: [Cell]
    /// Where the hardware cursor stands, so that screen readers and magnifiers follow; nil hides it.
    package var cursor: Point?
    /// Whether the cursor is to be seen: in a line that is being typed.
    package var isCursorVisible = false

    /// A blank screen; at least one cell.
    package init(size: Size) {
        self.size = Size(columns: max(1, size.columns), rows: max(1, size.rows))
        cells = Array(repeating: .blank, count: self.size.columns * self.size.rows)
    }

    package var bounds: Rect { Rect(size) }

    package subscript(x: Int, y: Int) -> Cell {
        get { cells[y * size.columns + x] }
        set { cells[y * size.columns + x] = newValue }
    }

    /// Draws a text from a column on, cut at the limit and at the screen's edge; never half of a wide glyph.
    ///
    /// - Parameters:
    ///   - limit: at most so many columns.
    ///   - mark: what stands in the last column of a text that was cut; nil for nothing.
    /// - Returns: the column after the text.
    @discardableResult
    package mutating func put(
        _ text: some StringProtocol,
        x: Int,
        y: Int,
        role: Role = .normal,
        limit: Int = .max,
        mark: Unicode.Scalar? = nil
    ) -> Int {
        guard y >= 0, y < size.rows, x < size.columns, limit > 0 else { return x }
        let end = limit >= size.columns - x ? size.columns : x + limit
        var column = x
        // Where the last glyph of this text stands: marks belong to it, and never to what another text left there.
        var base: Int?
        for scalar in text.unicodeScalars {
            let width = TextWidth.columns(of: scalar)
            if width == 0 {
                if let base, TextWidth.isMark(scalar) { cells[y * size.columns + base].add(scalar) }
                continue
            }
            if column + width > end {
                if let mark { set(mark.value, x: end - 1, y: y, role: role) }
                return column
            }
            if width == 2, column < 0 {
                // The left edge cuts it: a blank stands for the half that would be seen.
                set(0x20, x: column + 1, y: y, role: role)
                base = nil
            } else {
                set(Screen.drawable(scalar), x: column, y: y, role: role)
                if width == 2 { set(Cell.tail, x: column + 1, y: y, role: role) }
                base = column >= 0 ? column : nil
            }
            column += width
        }
        return column
    }

    /// Draws a text that ends at the right edge of a stretch of columns.
    package mutating func putRight(_ text: String, x: Int, y: Int, width: Int, role: Role = .normal) {
        let columns = TextWidth.columns(of: text)
        put(text, x: x + max(0, width - columns), y: y, role: role, limit: width)
    }

    /// Fills a rectangle with one character.
    package mutating func fill(_ rect: Rect, _ scalar: Unicode.Scalar = " ", role: Role = .normal) {
        for y in max(0, rect.y)..<max(max(0, rect.y), min(size.rows, rect.maxY)) {
            for x in max(0, rect.x)..<max(max(0, rect.x), min(size.columns, rect.maxX)) {
                set(scalar.value, x: x, y: y, role: role)
            }
        }
    }

    /// Gives cells another meaning and leaves their characters.
    package mutating func restyle(_ rect: Rect, role: Role) {
        for y in max(0, rect.y)..<max(max(0, rect.y), min(size.rows, rect.maxY)) {
            for x in max(0, rect.x)..<max(max(0, rect.x), min(size.columns, rect.maxX)) {
                self[x, y].role = role.rawValue
            }
        }
    }

    /// Adds flags to the cells of a rectangle.
    package mutating func mark(_ rect: Rect, _ flags: Cell.Flags) {
        for y in max(0, rect.y)..<max(max(0, rect.y), min(size.rows, rect.maxY)) {
            for x in max(0, rect.x)..<max(max(0, rect.x), min(size.columns, rect.maxX)) {
                self[x, y].flags.formUnion(flags)
            }
        }
    }

    /// Writes one cell; a wide glyph that loses its other half is blanked, so that no half of a glyph is ever shown.
    private mutating func set(_ scalar: UInt32, x: Int, y: Int, role: Role) {
        guard x >= 0, x < size.columns, y >= 0, y < size.rows else { return }
        let index = y * size.columns + x
        if scalar != Cell.tail, cells[index].isTail, x > 0 { blank(index - 1) }
        if x + 1 < size.columns, cells[index + 1].isTail { blank(index + 1) }
        cells[index] = Cell(scalar: scalar, role: role)
    }

    private mutating func blank(_ index: Int) {
        var cell = Cell(scalar: 0x20, role: .normal, flags: cells[index].flags)
        cell.role = cells[index].role
        cells[index] = cell
    }

    /// Controls never reach a cell: a mark stands for them.
    private static func drawable(_ scalar: Unicode.Scalar) -> UInt32 {
        let value = scalar.value
        return value < 0x20 || (value >= 0x7F && value < 0xA0) ? 0xB7 : value
    }
}
