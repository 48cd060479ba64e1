internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// What the command line may become: a command, or the next word of its grammar with what the daemon knows of it.
package struct PaletteChoice: Hashable, Sendable {
    /// The line once it is taken.
    package var line: String
    package var shown: String
    package var help: String
    /// Whether it is a command's name, not a word behind one.
    package var isName = false
    /// The key that does the same.
    package var command: Command?
}

extension DashboardModel {
    /// Choices that are offered at once. Beyond: typing narrows them.
    private static let choicesMax = 200

    /// What a line of the palette may become; lines typed before, the newest first, where those are looked through.
    func choices(_ palette: PaletteState) -> [PaletteChoice] {
        let line = palette.editor.text
        guard palette.isHistory else { return choices(for: line) }
        return commandHistory.lines.reversed().filter { line.isEmpty || $0.contains(line) }.map {
            PaletteChoice(line: $0, shown: $0, help: "")
        }
    }

    package func choices(for line: String) -> [PaletteChoice] {
        guard let space = line.lastIndex(of: " ") else {
            return PaletteCommand.all.filter { $0.name.hasPrefix(line.lowercased()) }.map { command in
                PaletteChoice(
                    line: command.name + (command.grammar == .nothing ? "" : " "),
                    shown: "\(command.name) \(command.grammar.summary(glyphs.asks))",
                    help: command.help,
                    isName: true,
                    command: command.command
                )
            }
        }
        // Within quotes a blank ends no word, and nothing is known of what is typed there.
        guard !QuotedWords.isOpen(line) else { return [] }
        let given = QuotedWords.split(String(line[..<space]))
        guard let name = given.first, let command = PaletteCommand.named(name) else { return [] }
        let (head, word) = (String(line[...space]), String(line[line.index(after: space)...]))
        let before = Array(given.dropFirst())
        let isValue = command.grammar.isValue(after: before)
        let values = command.grammar.word(after: before).map { self.values($0, beginningWith: word) } ?? []
        let options = isValue ? [] : command.grammar.options.filter { !before.contains($0.name) }
        let flags = options.filter { $0.name.hasPrefix(word) }.map { ($0.name, $0.help) }
        return (word.hasPrefix("-") ? flags + values : values + flags).prefix(DashboardModel.choicesMax).map {
            text,
            help in
            PaletteChoice(line: "\(head)\(text) ", shown: text, help: help)
        }
    }

    /// The values of a word that begin as it is typed, each with what it means.
    private func values(_ word: PaletteGrammar.Word, beginningWith typed: String) -> [(String, String)] {
        let all: [(String, String)]
        switch word {
        case .workers:
            // `3,5-7,`: the one behind the last comma is being typed.
            let known = typed.lastIndex(of: ",").map { typed[...$0] } ?? ""
            let rest = typed.dropFirst(known.count)
            return selectors.filter { $0.0.hasPrefix(rest) }.map { (known + $0.0, $0.1) }
        case .pool: all = pools.map { ($0.name, Figures.plural($0.workers.count, "worker")) }
        case .signal: all = DashboardModel.signals
        case .level: all = LogLevel.allCases.map { ($0.rawValue, "and above") }
        case .column: all = WorkerColumn.allCases.map { ($0.rawValue, "column \($0.title)") }
        case .theme: all = settings.themes.map { ($0, $0 == settings.theme ? "is on" : "") }
        case .operation:
            all = shownOperations.filter { !$0.state.isFinished }.map { ($0.id.description, $0.summary) }
        case .frontState:
            all = [("hold", "requests wait"), ("maintenance", "clients get the page"), ("open", "as usual")]
        case .free: return []
        }
        return all.filter { $0.0.lowercased().hasPrefix(typed.lowercased()) }
    }

    private static let signals = [
        ("HUP", "reload"), ("USR1", "reopen logs, or the app's own"), ("USR2", "the app's own"), ("TERM", "end"),
        ("INT", "interrupt"), ("QUIT", "end at once, or dump"), ("TTIN", "one more"), ("TTOU", "one less"),
        ("WINCH", "the app's own"), ("KILL", "end without asking"), ("STOP", "freeze"), ("CONT", "go on"),
    ]

    /// Who can be meant: conditions that somebody is in, then the workers, those that are not well first.
    private var selectors: [(String, String)] {
        guard let workers = pool?.workers, !workers.isEmpty else { return [] }
        var conditions: [(String, String)] = [("all", Figures.plural(workers.count, "worker"))]
        func add(_ name: String, _ holds: (WorkerStatus) -> Bool) {
            let count = workers.count { holds($0.status) }
            if count > 0, count < workers.count { conditions.append((name, Figures.plural(count, "worker"))) }
        }
        for state in ProcessState.allCases { add("state:\(state.rawValue.lowercased())") { $0.state == state } }
        for health in Health.allCases { add("health:\(health.rawValue)") { $0.health == health } }
        for admin in AdminState.allCases { add("admin:\(admin.rawValue)") { $0.admin == admin } }
        func entry(_ text: String, _ status: WorkerStatus) -> (String, String) {
            let why = status.why(now: now).map { ": \($0)" } ?? ""
            return (text, WorkerLabel(status).long + why)
        }
        let bad = workers.filter { !$0.status.isRoutable }
        let good = workers.filter(\.status.isRoutable)
        let numbers = (bad + good).map { entry("\($0.status.id.number)", $0.status) }
        return conditions + numbers + (bad + good).map { entry($0.name, $0.status) }
    }
}
