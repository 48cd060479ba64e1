import PoolAPI
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

@Suite struct AccessTests {
    private func rules(_ text: String) -> AccessRules {
        let configuration = DaemonConfiguration(text: text, file: "poold.toml")
        var rules = AccessRules(owner: 1000)
        if let parties = configuration.parties { rules.parties = parties }
        return rules
    }

    private func level(_ rules: AccessRules, user: UInt32, group: UInt32 = 60_000) -> AccessLevel? {
        rules.level(of: .local(PeerCredentials(pid: 1, userID: user, groupID: group)))
    }

    @Test func rootAndTheOwnerMayEverything() {
        for text in ["", "[access]\nview = [\"user:1000\"]", "nonsense"] {
            #expect(level(rules(text), user: 0) == .admin)
            #expect(level(rules(text), user: 1000) == .admin)
            #expect(level(rules(text), user: 4242) == nil)
        }
    }

    @Test func theConfigurationGivesLevels() {
        let rules = rules(
            """
            [access]
            view = ["group:50001", "user:4001"]
            operate = ["user:4002"]
            admin = ["user:4003", "user:4001"]
            """
        )
        #expect(level(rules, user: 5000, group: 50_001) == .view)
        #expect(level(rules, user: 4002) == .operate)
        #expect(level(rules, user: 4003) == .admin)
        // The highest of several counts.
        #expect(level(rules, user: 4001) == .admin)
        #expect(level(rules, user: 4004) == nil)
        #expect(rules.namesOthers)
        #expect(!AccessRules(owner: 1).namesOthers)
    }

    @Test(arguments: [
        ("[acess]\n", "poold.toml:1:2: unknown key acess; did you mean access?"),
        ("[access]\nroot = []", "poold.toml:2:1: unknown key access.root; known are view, operate and admin"),
        ("[access]\nview = \"alice\"", "poold.toml:2:8: expected an array of strings, found the string \"alice\""),
        ("[access]\nview = [\"alice\"]", "poold.toml:2:9: \"alice\" is neither user:NAME nor group:NAME"),
        ("[metrics]\nlisten = [\"9100\"]", "poold.toml:2:11: \"9100\" is not an address such as 127.0.0.1:9100"),
        ("[metrics]\nlisten = [1]", "poold.toml:2:11: expected a string, found the integer 1"),
        ("[metrics]\nport = 1", "poold.toml:2:1: unknown key metrics.port; known is listen"),
        (
            "[control]\nreader_timeout = \"forever\"", "poold.toml:2:18: \"forever\" is not a time from 1s to 1h"
        ),
    ])
    func mistakesAreNamedAndGiveNothing(_ text: String, _ problem: String) {
        let wrong = DaemonConfiguration(text: text, file: "poold.toml")
        #expect(wrong.problems == [problem])
        #expect(wrong.parties == [:])
        #expect(level(rules(text + "\n"), user: 4242) == nil)
    }

    @Test func addressesOfMetricsAreRead() {
        let configuration = DaemonConfiguration(text: "[metrics]\nlisten = [\"127.0.0.1:9100\"]", file: "f")
        #expect(configuration.metrics == [.tcp(host: "127.0.0.1", port: 9100)])
        #expect(configuration.problems.isEmpty && configuration.parties == nil)
    }

    @Test func theReaderTimeoutIsRead() {
        let configuration = DaemonConfiguration(text: "[control]\nreader_timeout = \"2m\"", file: "f")
        #expect(configuration.settings.readerTimeout == .seconds(120))
        #expect(DaemonConfiguration().settings.readerTimeout == .seconds(30))
    }

    @Test func theFileIsWhereItBelongs() {
        #expect(DaemonConfiguration.path(environment: [:], userID: 0) == "/etc/pool/poold.toml")
        #expect(DaemonConfiguration.path(environment: ["HOME": "/h"], userID: 1) == "/h/.config/pool/poold.toml")
        let both = ["HOME": "/h", "XDG_CONFIG_HOME": "/x"]
        #expect(DaemonConfiguration.path(environment: both, userID: 1) == "/x/pool/poold.toml")
        #expect(DaemonConfiguration.path(environment: ["POOL_CONFIG": "/p.toml"], userID: 0) == "/p.toml")
        #expect(DaemonConfiguration.path(environment: [:], userID: 1) == nil)
        #expect(DaemonConfiguration.read("/nonexistent/poold.toml") == DaemonConfiguration())
    }
}
