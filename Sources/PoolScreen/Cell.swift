/// One column of one row: 16 bytes without a reference, so that a row compares like memory.
package struct Cell: Hashable, Sendable {
    /// The scalar of the column right of a wide glyph: it is drawn by the cell before it.
    package static let tail: UInt32 = 0xFFFF_FFFF
    package static let blank = Cell(scalar: 0x20, role: .normal)

    /// A Unicode scalar of width 1 or 2, or ``tail``. Only marks are kept with it, no joined emoji: no two terminals agree
    /// on the width of those.
    package var scalar: UInt32
    /// `Role.rawValue`: a meaning, never a colour.
    package var role: UInt16
    package var flags: Flags
    /// The combining marks over and under the scalar, 21 bits each, the first lowest; 0 where there are none.
    package private(set) var marks: UInt64 = 0

    /// Marks of one cell. Beyond: the rest is dropped, so that a line of a log cannot climb over its neighbours.
    package static let marksMax = 3

    /// What is true of a cell besides its meaning.
    package struct Flags: OptionSet, Hashable, Sendable {
        package var rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The figure is old: the daemon has not been heard since.
        package static let stale = Flags(rawValue: 1)
        /// The text is a link or a field that has the input.
        package static let underlined = Flags(rawValue: 2)
    }

    package init(scalar: UInt32, role: Role, flags: Flags = []) {
        self.scalar = scalar
        self.role = role.rawValue
        self.flags = flags
    }

    /// The marks, one by one.
    package var markScalars: [Unicode.Scalar] {
        (0..<Cell.marksMax).compactMap { index in
            let value = UInt32(truncatingIfNeeded: marks >> UInt64(21 * index)) & 0x1F_FFFF
            return value == 0 ? nil : Unicode.Scalar(value)
        }
    }

    /// Adds a mark where there is room for one more.
    mutating func add(_ mark: Unicode.Scalar) {
        for index in 0..<Cell.marksMax where marks >> UInt64(21 * index) == 0 {
            marks |= UInt64(mark.value) << UInt64(21 * index)
            return
        }
    }

    package var isTail: Bool { scalar == Cell.tail }
}
