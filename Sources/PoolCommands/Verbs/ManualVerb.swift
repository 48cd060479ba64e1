internal import ArgumentParser
internal import PoolAPI

/// `poolctl manual`: for whoever packages Pool; `poolctl manual > /usr/share/man/man1/poolctl.1`.
struct ManualVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print the manual page, poolctl(1).",
        shouldDisplay: false
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.write(ManualPage.text)
        return .done
    }
}

/// The manual page, made of the commands' own help, so that it cannot say anything else.
enum ManualPage {
    static var text: String {
        var lines = [
            ".\\\" Made by `poolctl manual`; `make golden` writes it anew.",
            ".TH POOLCTL 1 \"\" \"Pool \(APIVersion.product)\" \"Pool\"",
            ".SH NAME", "poolctl \\- see and control a pool of HTTP workers",
            ".SH SYNOPSIS", ".B poolctl", "[\\fIoptions\\fR] \\fIverb\\fR [\\fIargument\\fR ...]",
            ".SH DESCRIPTION",
        ]
        lines += verbatim(PoolCtl.configuration.discussion)
        lines.append(".SH VERBS")
        for (name, help) in verbs(of: PoolCtl.self, name: "poolctl") { lines += [".SS \(name)"] + verbatim(help) }
        lines += [".SH ENVIRONMENT"]
        for (name, meaning) in environment { lines += [".TP", ".B \(name)", meaning] }
        lines += [".SH EXIT STATUS"]
        for code in PoolAPI.ExitCode.allCases { lines += [".TP", ".B \(code.rawValue)", code.meaning] }
        lines += [".SH FILES", ".TP", ".I /run/pool/control.sock", "The control socket of the system's daemon.", ".TP"]
        lines += [".I $XDG_RUNTIME_DIR/pool/control.sock", "The control socket of a user's own daemon."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static let environment = [
        ("POOL_SOCKET", "The control socket, where neither --socket nor --runtime-dir is given."),
        ("POOL_RUNTIME_DIR", "The daemon's runtime directory, where the socket is."),
        ("POOL_STATE_DIR", "The daemon's state directory."),
        ("NO_COLOR", "Where it is not empty, no colours."),
        ("COLUMNS", "The width of tables."),
    ]

    /// Every verb with its help, in the order of the help.
    private static func verbs(
        of command: any ParsableCommand.Type,
        name: String
    ) -> [(name: String, help: String)] {
        command.configuration.subcommands.filter { $0.configuration.shouldDisplay }.flatMap { verb in
            let own = "\(name) \(verb.configuration.commandName ?? "")"
            return [(own, PoolCtl.helpMessage(for: verb, columns: 78))] + verbs(of: verb, name: own)
        }
    }

    /// A line in pieces that a terminal of 80 columns shows whole.
    private static func wrapped(_ line: Substring) -> [String] {
        var lines: [String] = []
        var rest = line
        while rest.count > 72, let space = rest.prefix(73).lastIndex(of: " "), space > rest.startIndex {
            lines.append(String(rest[..<space]))
            rest = rest[rest.index(after: space)...]
        }
        return lines + [String(rest)]
    }

    /// Text as it is, its lines unfilled, with what roff would take for its own made harmless.
    private static func verbatim(_ text: String) -> [String] {
        [".nf"]
            + text.split(separator: "\n", omittingEmptySubsequences: false).flatMap(wrapped).map { line in
                let safe = line.replacing("\\", with: "\\e").replacing("-", with: "\\-")
                return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&\(safe)" : String(safe)
            } + [".fi"]
    }
}
