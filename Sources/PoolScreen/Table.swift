/// Text and meaning of one cell of a table.
package struct CellText: Hashable, Sendable {
    package var text: String
    package var role: Role

    package init(_ text: String, _ role: Role = .normal) {
        self.text = text
        self.role = role
    }
}

/// A column of a table: everything about it is a value, so that sorting, dropping and drawing read the same place.
package struct Column<Row>: Sendable {
    package var title: String
    /// Columns of the screen, without the blank between two.
    package var width: Int
    package var isRightAligned: Bool
    /// The screen width from which on it is shown; 0 for always.
    package var shownFrom: Int
    package var cell: @Sendable (Row) -> CellText

    package init(
        _ title: String,
        width: Int,
        isRightAligned: Bool = true,
        shownFrom: Int = 0,
        cell: @escaping @Sendable (Row) -> CellText
    ) {
        self.title = title
        self.width = width
        self.isRightAligned = isRightAligned
        self.shownFrom = shownFrom
        self.cell = cell
    }
}

/// Columns that were placed in a width.
package struct PlacedColumns<Row>: Sendable {
    package var columns: [(x: Int, column: Column<Row>)]
    /// The first column of the screen right of them.
    package var end: Int

    /// Places the columns that this width shows, one blank apart.
    ///
    /// - Parameter rest: nil shows a column from its width on. Else all are shown that leave so many columns of the screen
    ///   free right of them: those that want the widest screen go first, those that are always shown never.
    package init(_ all: [Column<Row>], x: Int, width: Int, rest: Int? = nil) {
        columns = []
        var shown = all
        if let rest {
            while shown.reduce(0, { $0 + $1.width + 1 }) > width - rest,
                let widest = shown.indices.max(by: { shown[$0].shownFrom < shown[$1].shownFrom }),
                shown[widest].shownFrom > 0
            {
                shown.remove(at: widest)
            }
        } else {
            shown.removeAll { $0.shownFrom > width }
        }
        var left = x
        for column in shown {
            guard left + column.width <= x + width else { continue }
            columns.append((left, column))
            left += column.width + 1
        }
        end = columns.isEmpty ? x : left - 1
    }
}

extension Screen {
    /// Draws one row of a table. `role` overrides what the columns say: the selected row is selected in whole.
    package mutating func put<Row>(_ row: Row, in placed: PlacedColumns<Row>, y: Int, role: Role? = nil) {
        for (x, column) in placed.columns {
            let cell = column.cell(row)
            let shown = role ?? cell.role
            if column.isRightAligned {
                putRight(cell.text, x: x, y: y, width: column.width, role: shown)
            } else {
                put(cell.text, x: x, y: y, role: shown, limit: column.width)
            }
        }
    }
}
