internal import PoolScreen

/// What lies over the view, or takes its keys.
package enum Dialog: Sendable {
    case confirm(Confirmation)
    case help(HelpState)
    case palette(PaletteState)
    case filter(FilterPrompt)
    case setup(SetupState)
}

/// The help: how far it is scrolled, and what is looked for in it.
package struct HelpState: Hashable, Sendable {
    package var top = 0
    package var editor = LineEditor()
    /// Whether what is looked for is being typed.
    package var isSearching = false

    package init() {}

    /// Takes a key of the search: it narrows as it is typed, Enter keeps it, Esc takes it away.
    mutating func search(_ key: Key) {
        switch key {
        case .enter: isSearching = false
        case .escape, .control("c"):
            isSearching = false
            editor = LineEditor()
        default:
            if editor.press(key) { top = 0 }
        }
    }
}

/// The filter line: it filters as it is typed; Esc takes back what was there before.
package struct FilterPrompt: Sendable {
    package var editor: LineEditor
    package var before: Pattern?
    /// In logs: only highlights, and n and N jump.
    package var isSearch = false
    /// The text is not an expression; the one before holds.
    package var isInvalid = false
    package var view: ViewName
}

/// The command line.
package struct PaletteState: Sendable {
    package var editor: LineEditor
    /// The choice that Tab takes.
    package var choice = 0
    /// Whether the arrows went to it: then Enter takes it too.
    var isChosen = false
    /// Whether the arrows go through the lines typed before.
    var isRecalling = false
    /// Whether the lines typed before are what is chosen from.
    package var isHistory = false

    package init(editor: LineEditor) { self.editor = editor }
}
