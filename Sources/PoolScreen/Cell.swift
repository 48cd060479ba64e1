/// One column of one row: 8 bytes, so that a row compares like memory.
package struct Cell: Hashable, Sendable {
    /// The scalar of the column right of a wide glyph: it is drawn by the cell before it.
    package static let tail: UInt32 = 0xFFFF_FFFF
    package static let blank = Cell(scalar: 0x20, role: .normal)

    /// A Unicode scalar of width 1 or 2, or ``tail``. One scalar a cell: no two terminals agree on the width of clusters.
    package var scalar: UInt32
    /// `Role.rawValue`: a meaning, never a colour.
    package var role: UInt16
    package var flags: Flags

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

    package var isTail: Bool { scalar == Cell.tail }
}
