/// What a cell means. The terminal's theme turns a role into colours and attributes, so that no colour, 16, 256 and
/// every theme show the same screen; a role never carries a meaning that a glyph or a word does not carry too.
package enum Role: UInt16, CaseIterable, Sendable {
    case normal
    /// Units, zeros, hints: what may be overlooked.
    case dim
    /// The bar on top with the pool's name, and the title of a dialog.
    case title
    case tab
    case tabOn
    /// Column titles.
    case header
    /// The title of the column that the rows are sorted by.
    case headerSorted
    /// The selected row.
    case selected
    case tagged
    case ok
    case info
    case warn
    case bad
    /// The full part of a gauge.
    case gauge
    case gaugeEmpty
    /// A sparkline or histogram.
    case graph
    /// The part of a graph that went wrong.
    case graphBad
    /// A search hit.
    case match
    /// A key in the key bar.
    case key
    /// What the key does.
    case keyLabel
    case border
    case button
    /// The button that Enter presses.
    case buttonOn
    /// A line that is being typed.
    case input

    /// One letter for golden files; `.` is normal.
    package var letter: Character {
        switch self {
        case .normal: "."
        case .dim: "d"
        case .title: "T"
        case .tab: "t"
        case .tabOn: "O"
        case .header: "h"
        case .headerSorted: "H"
        case .selected: "S"
        case .tagged: "*"
        case .ok: "o"
        case .info: "i"
        case .warn: "w"
        case .bad: "b"
        case .gauge: "g"
        case .gaugeEmpty: "_"
        case .graph: "~"
        case .graphBad: "!"
        case .match: "m"
        case .key: "K"
        case .keyLabel: "L"
        case .border: "+"
        case .button: "u"
        case .buttonOn: "U"
        case .input: "I"
        }
    }
}
