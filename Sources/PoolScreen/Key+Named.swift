extension Key {
    /// The key of a name as ``name`` writes it: `r`, `Space`, `^L`, `Alt-x`, `PgUp`, `F5`; nil where it is none that
    /// can be bound.
    package init?(named name: String) {
        let scalars = Array(name.unicodeScalars)
        if scalars.count == 1, let scalar = scalars.first, scalar.value > 0x20, scalar.value != 0x7F {
            self = .character(scalar)
        } else if scalars.count == 2, scalars[0] == "^", let letter = name.lowercased().last, ("a"..."z") ~= letter {
            self = .control(letter)
        } else if name.hasPrefix("Alt-"), scalars.count == 5 {
            self = .alt(scalars[4])
        } else if name.hasPrefix("F"), let number = Int(name.dropFirst()), (1...12).contains(number) {
            self = .function(number)
        } else if let key = Key.namedKeys.first(where: { $0.name == name }) {
            self = key
        } else {
            return nil
        }
    }

    private static let namedKeys: [Key] = [
        .character(" "), .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .enter, .escape, .tab, .backTab,
        .backspace, .insert, .delete,
    ]
}
