import PoolScreen
import PoolTerminal
import PoolUI
import Testing

@testable import PoolDashboard

struct SettingsFileTests {
    private func read(_ text: String) -> (options: Options, issues: [SettingsFile.Issue]) {
        SettingsFile.read(text, into: Options())
    }

    @Test func settingsAreRead() {
        let (options, issues) = read(
            """
            theme = "colorblind"
            color = "16"
            rate = 2
            log_lines = 5000
            mouse = false
            ascii = true
            read_only = true
            view = "logs"
            columns = ["id", "state", "p99"]
            sort = "p99"
            descending = false
            logs = false
            wrap = true
            time = "full"
            [keys]
            restart = ["F5", "^T"]
            quit = "Q"
            """
        )
        #expect(issues == [])
        #expect(options.theme == .colorblind)
        #expect(options.depth == .ansi16)
        #expect(options.rate == 2)
        #expect(options.logLines == 5000)
        #expect(!options.hasMouse && options.isASCII && options.isReadOnly)
        #expect(options.view == ViewName.logs.rawValue)
        #expect(options.look.columns == [.id, .state, .p99])
        #expect(options.look.sort == .p99)
        #expect(options.look.isDescending == false)
        #expect(!options.look.showsLogs && options.look.isWrapped)
        #expect(options.look.timeStyle == .full)
        #expect(options.look.keys == [.restart: [.function(5), .control("t")], .quit: [.character("Q")]])
    }

    /// Each mistake is named with its line, is left out, and takes nothing else with it.
    @Test(arguments: [
        ("theme = \"pink\"", 1, "there are auto, dark"), ("\nrate = 0", 2, "from 0.1 to 30"),
        ("rate = \"fast\"", 1, "rate cannot be"), ("them = \"dark\"", 1, "did you mean theme?"),
        ("mouse = 1", 1, "true or false"), ("columns = [\"id\", \"beauty\"]", 1, "a column cannot be"),
        ("columns = [\"id\", \"id\"]", 1, "twice"), ("columns = []", 1, "a list of names"),
        ("[keys]\nrestart = \"F99\"", 2, "is no key"), ("[keys]\nrestrat = \"r\"", 2, "did you mean restart?"),
        ("[keys]\nstop = \"r\"\nstart = \"r\"", 3, "is given to stop too"),
        ("[keys]\nstop = \"a\"", 1, "start is left without a key"), ("theme = ", 1, "expected a value"),
        ("keys = 3", 1, "a table"), ("view = \"nothing\"", 1, "there are workers"),
    ])
    func mistakesAreNamedAndLeftOut(_ text: String, _ line: Int, _ words: String) {
        let (options, issues) = read(text + "\n")
        #expect(issues.count == 1, "\(issues)")
        #expect(issues.first?.line == line)
        #expect(issues.first?.message.contains(words) == true, "\(issues)")
        #expect(options.theme == .auto && options.rate == 4 && options.hasMouse)
        let (rest, _) = read("wrap = true\n" + text + "\n")
        #expect(rest.look.isWrapped)
    }

    @Test func theCommandLineWins() throws {
        let (base, _) = read("theme = \"light\"\nrate = 1\n")
        let options = try Options(arguments: ["--rate", "8"], over: base)
        #expect(options.rate == 8)
        #expect(options.theme == .light)
    }

    /// What is written says the same when it is read, for the usual settings and for others.
    @Test(arguments: [
        "",
        "theme = \"light\"\nsort = \"cpu\"\n[keys]\nstop = [\"F5\"]\nfollow = [\"f\"]\nquit = [\"\\\\\", \"\\\"\"]\n",
    ])
    func whatIsWrittenComesBack(_ text: String) {
        let options = read(text).options
        let keys = KeyMap.rebound(options.look.keys).keys
        let written = SettingsFile.text(options, keys: keys)
        let (back, issues) = read(written)
        #expect(issues == [])
        #expect(back.theme == options.theme)
        #expect(back.look.sort ?? .id == options.look.sort ?? .id)
        #expect(KeyMap.rebound(back.look.keys).keys.bindings == keys.bindings)
        for name in SettingsFile.names where name != "keys" { #expect(written.contains("\n\(name) = "), "\(name)") }
    }

    @Test func aFileThatIsTooLongIsRefused() {
        let (options, issues) = read("theme = \"light\"\n" + String(repeating: "#", count: SettingsFile.bytesMax))
        #expect(issues.count == 1)
        #expect(options.theme == .auto)
    }
}
