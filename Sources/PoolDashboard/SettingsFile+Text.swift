internal import PoolScreen
internal import PoolTerminal
package import PoolUI

extension SettingsFile {
    /// The settings that hold, every one of them, as a file that can be edited.
    package static func text(_ options: Options, keys: KeyMap) -> String {
        let look = options.look
        let columns = look.columns ?? WorkerColumn.allCases
        var lines = [
            "# Settings of pooltop. What is wrong in here is named when it starts, and the rest counts.",
            "# Options of the command line win over this file.", "",
            "# \(Theme.allCases.map(\.rawValue).joined(separator: ", "))", "theme = \(quoted(options.theme.rawValue))",
            "# auto, \(ColorDepth.allCases.map(\.rawValue).joined(separator: ", ")); NO_COLOR counts as never",
            "color = \(quoted(options.depth?.rawValue ?? "auto"))", "# Frames a second, at most.",
            "rate = \(options.rate)",
            "log_lines = \(options.logLines)", "mouse = \(options.hasMouse)", "ascii = \(options.isASCII)",
            "read_only = \(options.isReadOnly)", "# The view to begin with.",
            "view = \(quoted((ViewName(rawValue: options.view) ?? .workers).title.lowercased()))", "",
            "# Of the table, from the left; those that have no room are left out.",
            "columns = [\(columns.map { quoted($0.rawValue) }.joined(separator: ", "))]",
            "sort = \(quoted((look.sort ?? .id).rawValue))",
            "descending = \(look.isDescending ?? (look.sort ?? .id).startsDescending)", "",
            "# Whether the table shares the screen with the log, and how lines are shown: ofDay, full, none.",
            "logs = \(look.showsLogs)", "wrap = \(look.isWrapped)", "time = \(quoted("\(look.timeStyle)"))", "",
            "# A key that is given to a command is taken from the one that had it.", "[keys]",
        ]
        for binding in keys.bindings {
            let names = binding.keys.map { quoted($0.name) }.joined(separator: ", ")
            lines.append("\(binding.command.settingName) = [\(names)]  # \(binding.help)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        "\"\(text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined())\""
    }
}
