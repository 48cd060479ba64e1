/// A key or a deed of the mouse, as every terminal's bytes are decoded to.
package enum Key: Hashable, Sendable {
    case character(Unicode.Scalar)
    /// With the control key: the letter in lower case.
    case control(Character)
    /// With the alt key, or after ESC in one go.
    case alt(Unicode.Scalar)
    case up, down, left, right, home, end, pageUp, pageDown
    case enter, escape, tab, backTab, backspace, insert, delete
    case function(Int)
    case click(Point)
    case wheel(lines: Int, Point)
    case paste(String)
    /// A sequence that means nothing here.
    case unknown

    /// As help, key bar and settings write it: `^L`, `F5`, `PgUp`, `Enter`, `r`.
    package var name: String {
        switch self {
        case .character(" "): "Space"
        case .character(let scalar): String(Character(scalar))
        case .control(let letter): "^\(letter.uppercased())"
        case .alt(let scalar): "Alt-\(Character(scalar))"
        case .up: "Up"
        case .down: "Down"
        case .left: "Left"
        case .right: "Right"
        case .home: "Home"
        case .end: "End"
        case .pageUp: "PgUp"
        case .pageDown: "PgDn"
        case .enter: "Enter"
        case .escape: "Esc"
        case .tab: "Tab"
        case .backTab: "S-Tab"
        case .backspace: "Bksp"
        case .insert: "Ins"
        case .delete: "Del"
        case .function(let number): "F\(number)"
        case .click: "click"
        case .wheel: "wheel"
        case .paste: "paste"
        case .unknown: "?"
        }
    }
}
