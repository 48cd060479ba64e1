/// Lets the common options stand in front of the verb: `poolctl --json --pool shop status`.
enum GlobalOptions {
    private static let withValue: Set<String> = [
        "--runtime-dir", "--socket", "--url", "--cert", "--key", "--ca", "--pool", "--color", "--timeout",
    ]
    private static let flags: Set<String> = ["--json"]
    /// Verbs that have verbs of their own: an option belongs behind the second one.
    private static let families: [String: Set<String>] = [
        "ops": ["list", "show", "watch", "cancel"],
        "proxy": ["replace"],
        "front": ["hold", "maintenance", "open"],
        "certificate": ["list", "show", "reload", "self-signed"],
        "config": ["show", "diff", "paths"],
    ]

    /// The same command line with the options that stand in front of the verb moved behind it.
    ///
    /// What is no common option stays where it is, for ArgumentParser to judge.
    static func moved(_ arguments: [String]) -> [String] {
        var options: [String] = []
        var rest = arguments[...]
        while let word = rest.first {
            if flags.contains(word) || withValue.contains(where: { word.hasPrefix("\($0)=") }) {
                options.append(word)
                rest = rest.dropFirst()
            } else if withValue.contains(word), rest.count > 1 {
                options += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard !options.isEmpty, let verb = rest.first, !verb.hasPrefix("-") else { return arguments }
        let hasSecond = families[verb].map { $0.contains(rest.dropFirst().first ?? "") } ?? false
        let verbs = rest.prefix(hasSecond ? 2 : 1)
        return verbs + options + rest.dropFirst(verbs.count)
    }
}
