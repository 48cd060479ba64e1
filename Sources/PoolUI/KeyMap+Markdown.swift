internal import PoolScreen

extension KeyMap {
    /// docs/KEYS.md: made from the table, so that it cannot tell another story.
    package var markdown: String {
        var text = """
            # Keys of pooltop

            Made by `pooltop --print-keys`; a test holds it to the key table.
            One key means the same in every view; a view in which it does nothing ignores it.


            """
        for group in Binding.Group.allCases {
            text += "## \(group.rawValue)\n\n| key | does | views |\n|---|---|---|\n"
            for binding in bindings where binding.group == group {
                let keys = binding.keys.map { "`\(KeyMap.escaped($0.name))`" }.joined(separator: " ")
                let views = ViewName.allCases.filter { binding.views.contains($0) }.map(\.title).joined(separator: ", ")
                text +=
                    "| \(keys) | \(binding.help)\(binding.asks ? " (asks first)" : "") | \(views.isEmpty ? "all" : views) |\n"
            }
            text += "\n"
        }
        return text + KeyMap.dialogs
    }

    /// A bar would end the table's cell.
    private static func escaped(_ name: String) -> String { name == "|" ? "\\|" : name }

    private static let dialogs = """
        ## In a question

        `Enter` presses the button in brackets, which is Cancel until `Left`, `Right` or `Tab` moved it.
        `y` agrees, `F` agrees without waiting for requests in flight, `n` and `Esc` change nothing.
        Where nobody would be left to serve, the pool's name must be typed before `Enter`.

        ## In a filter or a command

        `Enter` keeps or runs it, `Esc` takes it back, `Up` and `Down` bring earlier lines, `Tab` completes a command and turns a log filter into a search.
        `^A ^E ^U ^K ^W` edit as in a shell.

        ## Mouse

        A click selects, a click on what is selected opens it, a click on a title sorts, a click on a tab shows the view, the wheel scrolls.
        `Shift` with the mouse is the terminal's own selection.

        """
}
