@testable import PoolDashboard
import PoolScreen
import PoolTerminal
import Testing

struct OptionsTests {
    @Test func optionsAreRead() throws {
        let options = try Options(arguments: [
            "web", "--rate=2.5", "--socket", "/tmp/c.sock", "--read-only", "--ascii", "--no-mouse", "--color", "256",
            "--theme=light",
            "--log-lines", "500", "--view", "3", "--snapshot", "160x50",
        ])
        #expect(options.pool == "web")
        #expect(options.rate == 2.5)
        #expect(options.socket == "/tmp/c.sock")
        #expect(options.isReadOnly && options.isASCII && !options.hasMouse)
        #expect(options.depth == .palette256)
        #expect(options.theme == .light)
        #expect(options.logLines == 500)
        #expect(options.view == 3)
        #expect(options.mode == .snapshot(Size(columns: 160, rows: 50)))
    }

    @Test(arguments: [
        ["--rate"], ["--rate", "x"], ["--rate", "0"], ["--rate", "1000"], ["--snapshot", "160"], ["--snapshot", "1x1"],
        ["--color", "pink"], ["--theme", "pink"], ["--nonsense"], ["a", "b"], ["--view", "10"], ["--log-lines", "-4"],
        ["-x"],
    ])
    func whatMakesNoSenseIsRefused(_ arguments: [String]) {
        #expect(throws: Options.Problem.self) { try Options(arguments: arguments) }
    }

    @Test func everyOptionIsInTheUsage() {
        for option in [
            "--once", "--json", "--plain", "--print-keys", "--help", "--version", "--read-only", "--ascii",
            "--no-mouse", "--socket",
            "--runtime-dir", "--url", "--cert", "--key", "--ca", "--rate", "--log-lines", "--view", "--snapshot",
            "--color", "--theme",
        ] {
            #expect(Options.usage.contains(option))
        }
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(_ text: String, _ encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
    }
}
