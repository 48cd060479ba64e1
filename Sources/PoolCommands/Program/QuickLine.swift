internal import PoolAPI

/// The command lines that are typed and scripted most, read without ArgumentParser: of the time that `poolctl status`
/// takes, reading its own arguments would be the larger part.
///
/// It knows less, and says nothing: whatever it does not take as it stands goes to ArgumentParser, which has the help
/// and the messages. A test holds the two to the same results.
struct QuickLine {
    private(set) var settings = Settings()
    private(set) var verb: String
    private(set) var words: [String] = []
    private(set) var isWide = false

    /// nil where the line is not one of the simple ones.
    init?(_ arguments: [String]) {
        guard let verb = arguments.first(where: { !$0.hasPrefix("-") && QuickLine.verbs.contains($0) }) else {
            return nil
        }
        self.verb = verb
        var isBehindVerb = false
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case verb where !isBehindVerb: isBehindVerb = true
            case "--json": settings.json = true
            case "--wide" where isBehindVerb && verb == "status": isWide = true
            case "--runtime-dir", "--socket", "--pool":
                guard let value = rest.popFirst(), !value.hasPrefix("-") else { return nil }
                set(word, value)
            default:
                guard isBehindVerb, verb == "status", !word.hasPrefix("-") else { return nil }
                words.append(word)
            }
        }
    }

    private static let verbs: Set<String> = ["status", "health"]

    private mutating func set(_ option: String, _ value: String) {
        switch option {
        case "--runtime-dir": settings.runtimeDir = value
        case "--socket": settings.socket = value
        default: settings.pool = value
        }
    }

    func perform(_ context: Context) throws -> ExitCode {
        if verb == "health" { return try HealthQuestion().perform(context) }
        return try StatusQuestion(workers: words, isWide: isWide).perform(context)
    }
}
