package import PoolScreen
package import PoolTerminal
package import PoolUI

/// The command line of `pooltop`.
package struct Options: Sendable {
    package enum Mode: Hashable, Sendable {
        case screen
        /// The state once, as text.
        case once
        /// The state once, as JSON.
        case json
        /// A line for each change, no cursor movement.
        case plain
        /// The screen of this size as text, once.
        case snapshot(Size)
        case printKeys, printConfig, writeConfig, checkSettings, help, version
    }

    package var mode = Mode.screen
    package var pool: String?
    package var socket: String?
    package var runtimeDirectory: String?
    /// A daemon on another host, and what is needed to be let in: paths of PEM files.
    package var url: String?
    package var certificate: String?
    package var key: String?
    package var authorities: String?
    package var rate = 4.0
    package var isReadOnly = false
    package var isASCII = false
    package var hasMouse = true
    package var logLines = 100_000
    /// nil is automatic.
    package var depth: ColorDepth?
    package var isColorChosen = false
    package var theme = Theme.auto
    package var view = 1
    package var look = Look()
    /// The settings' file; nil is the usual one.
    package var config: String?
    /// Do without settings.
    package var ignoresConfig = false

    package init() {}

    /// Something on the command line that makes no sense.
    package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter base: what holds where the command line says nothing.
    package init(arguments: [String], over base: Options = Options()) throws(Problem) {
        self = base
        pool = nil
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var value = argument.hasPrefix("--") && parts.count == 2 ? parts[1] : nil
            let name = argument.hasPrefix("--") ? parts[0] : argument
            if Options.valued.contains(name), value == nil {
                value = rest.popFirst()
                guard value != nil else { throw Problem(description: "\(name) needs a value") }
            }
            try take(name, value)
        }
    }

    private static let valued: Set<String> = [
        "--socket", "--runtime-dir", "--pool", "--rate", "--snapshot", "--color", "--theme", "--log-lines", "--view",
        "--config", "--url", "--cert", "--key", "--ca",
    ]

    private mutating func take(_ name: String, _ value: String?) throws(Problem) {
        let text = value ?? ""
        switch name {
        case "--once": mode = .once
        case "--json": mode = .json
        case "--plain": mode = .plain
        case "--print-keys": mode = .printKeys
        case "--print-config": mode = .printConfig
        case "--write-config": mode = .writeConfig
        case "--check-settings": mode = .checkSettings
        case "--config": config = text
        case "--no-config": ignoresConfig = true
        case "--help", "-h": mode = .help
        case "--version": mode = .version
        case "--read-only": isReadOnly = true
        case "--ascii": isASCII = true
        case "--no-mouse": hasMouse = false
        case "--socket": socket = text
        case "--runtime-dir": runtimeDirectory = text
        case "--url": url = text
        case "--cert": certificate = text
        case "--key": key = text
        case "--ca": authorities = text
        case "--pool": pool = text
        case "--rate": rate = Double(try number(name, text, 0.1...30))
        case "--log-lines": logLines = Int(try number(name, text, 100...1_000_000))
        case "--view": view = Int(try number(name, text, 1...9))
        case "--snapshot": mode = .snapshot(try size(text))
        case "--color": try takeColor(text)
        case "--theme":
            guard let chosen = Theme(rawValue: text) else {
                let known = Theme.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(description: "--theme \(text): there are \(known)")
            }
            theme = chosen
        default:
            guard !name.hasPrefix("-"), pool == nil else { throw Problem(description: "unknown option \(name)") }
            pool = name
        }
    }

    private func number(_ name: String, _ text: String, _ range: ClosedRange<Double>) throws(Problem) -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw Problem(
                description: "\(name) \(text): a number from \(range.lowerBound) to \(range.upperBound) is wanted"
            )
        }
        return value
    }

    private func size(_ text: String) throws(Problem) -> Size {
        let parts = text.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, (10...1000).contains(parts[0]), (3...500).contains(parts[1]) else {
            throw Problem(description: "--snapshot \(text): columns x rows are wanted, like 160x50")
        }
        return Size(columns: parts[0], rows: parts[1])
    }

    private mutating func takeColor(_ text: String) throws(Problem) {
        isColorChosen = text != "auto"
        guard text != "auto" else { return depth = nil }
        guard let chosen = ColorDepth(rawValue: text) else {
            let known = ColorDepth.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(description: "--color \(text): there are auto, \(known)")
        }
        depth = chosen
    }

    package static let usage = """
        pooltop: watch a pool of HTTP workers, and act on it.

        Usage: pooltop [POOL] [options]

          --runtime-dir DIR  where the daemon is (default: as poold; POOL_RUNTIME_DIR)
          --socket PATH      its control socket
          --url URL          a daemon on another host (https://host:7443), with
                             --cert and --key (ours) and --ca (of the daemon's certificate)
          --rate N           frames a second at most, 0.1 to 30 (default 4)
          --read-only        refuse every action
          --view N           the view to begin with, 1 to 9
          --log-lines N      log lines that are kept (default 100000)
          --color WHEN       auto, never, 8, 16, 256, direct (NO_COLOR counts as never)
          --theme NAME       auto, dark, light, contrast, colorblind, mono
          --ascii            no characters beyond ASCII
          --no-mouse         leave the mouse to the terminal
          --config PATH      the settings (default ~/.config/pool/pooltop.toml)
          --no-config        do without settings

          --once             print the state as text and end
          --json             print the state as JSON and end
          --plain            print a line for each change; for pipes and screen readers
          --snapshot WxH     print the screen of this size as text and end
          --print-config     print the settings that hold, and what is wrong in the file
          --write-config     write them to the file; the one before stays as pooltop.toml~
          --check-settings   print what is wrong in the file, each with its line; 1 if anything is
          --print-keys       print the table of keys (docs/KEYS.md) and end
          --version, --help

        Exit status: 0 done, 1 failed, 2 bad usage, 5 no daemon (--once, --json, --snapshot).

        """
}
