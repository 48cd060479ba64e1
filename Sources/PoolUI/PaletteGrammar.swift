/// What may come after a command's name, as `poolctl` has it: arguments in their places, options with their values.
package struct PaletteGrammar: Hashable, Sendable {
    /// What a word is: where its values are known they are offered.
    package enum Word: Hashable, Sendable {
        case workers, pool, signal, level, column, theme, operation, frontState
        /// Nothing is known of it but what to write: `N`.
        case free(String)

        /// As a usage writes it.
        var name: String {
            switch self {
            case .workers: "WORKERS"
            case .pool: "POOL"
            case .signal: "NAME"
            case .level: "LEVEL"
            case .column: "COLUMN"
            case .theme: "THEME"
            case .operation: "OPERATION"
            case .frontState: "hold | maintenance | open"
            case .free(let name): name
            }
        }
    }

    package struct Option: Hashable, Sendable {
        package var name: String
        /// nil for a flag.
        package var value: Word?
        package var help: String

        init(_ name: String, _ value: Word? = nil, _ help: String) {
            self.name = name
            self.value = value
            self.help = help
        }

        static let why = Option("--why", .free("TEXT"), "the reason, for the audit log")
        static let force = Option("--force", nil, "do not wait for requests in flight")
    }

    /// In their order; the last may be given more than once where it repeats.
    package var words: [Word] = []
    /// How many of the words must be there.
    package var required = 0
    package var repeats = false
    package var options: [Option] = []

    package static let nothing = PaletteGrammar()

    static func workers(_ first: [Word] = [], _ options: Option...) -> PaletteGrammar {
        PaletteGrammar(words: first + [.workers], required: first.count, repeats: true, options: options)
    }

    static func one(_ word: Word, isRequired: Bool = true, _ options: Option...) -> PaletteGrammar {
        PaletteGrammar(words: [word], required: isRequired ? 1 : 0, options: options)
    }

    /// `NAME [WORKERS] …`: the words, and that there are options.
    func summary(_ more: String) -> String { (places + (options.isEmpty ? [] : [more])).joined(separator: " ") }

    private var places: [String] {
        words.enumerated().map { index, word in index < required ? word.name : "[\(word.name)]" }
    }

    /// `NAME [WORKERS] [--why TEXT]`
    package var usage: String {
        let optional = options.map { option in "[\(option.name)\(option.value.map { " \($0.name)" } ?? "")]" }
        return (places + optional).joined(separator: " ")
    }

    /// What the word behind these is: nil where nothing more may come.
    func word(after given: [String]) -> Word? {
        if let last = given.last, let option = options.first(where: { $0.name == last }), let value = option.value {
            return value
        }
        let count = count(of: given)
        return count < words.count ? words[count] : repeats ? words.last : nil
    }

    /// Whether there is a place for all of these words.
    func places(for given: [String]) -> Bool { repeats || count(of: given) <= words.count }

    /// How many are words of their own: neither options nor their values.
    private func count(of given: [String]) -> Int {
        var count = 0
        var isValue = false
        for word in given {
            if isValue {
                isValue = false
            } else if word.hasPrefix("--") {
                isValue = options.contains { $0.name == word && $0.value != nil }
            } else {
                count += 1
            }
        }
        return count
    }

    /// Whether the word behind these is the value of an option.
    func isValue(after given: [String]) -> Bool {
        given.last.map { last in options.contains { $0.name == last && $0.value != nil } } ?? false
    }
}
