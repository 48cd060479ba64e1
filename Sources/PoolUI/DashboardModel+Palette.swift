internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The command line: typing, completion, and what the lines do.
extension DashboardModel {
    mutating func press(_ key: Key, in palette: PaletteState) -> [Effect] {
        var palette = palette
        let choices = choices(palette)
        let chosen = choices.indices.contains(palette.choice) ? choices[palette.choice] : nil
        // The arrows choose; in an empty line, and once they have begun to, they bring the lines typed before.
        let arrowsChoose =
            palette.isHistory || (!palette.editor.text.isEmpty && !palette.isRecalling && choices.count > 1)
        switch key {
        case .escape where palette.isHistory, .control("r"):
            palette.isHistory = key == .control("r") && !palette.isHistory
            (palette.choice, palette.isChosen) = (0, false)
        case .escape, .control("c"):
            dialog = nil
            return []
        case .enter: return enter(palette, choices)
        case .tab: if let chosen { take(chosen, in: &palette) }
        case .up where arrowsChoose: choose(palette.choice - 1, of: choices, in: &palette)
        case .down where arrowsChoose: choose(palette.choice + 1, of: choices, in: &palette)
        case .pageUp, .pageDown: choose(palette.choice + (key == .pageUp ? -8 : 8), of: choices, in: &palette)
        default:
            guard palette.editor.press(key) else { break }
            palette.isRecalling = key == .up || key == .down
            (palette.choice, palette.isChosen) = (0, false)
        }
        dialog = .palette(palette)
        return []
    }

    private func choose(_ index: Int, of choices: [PaletteChoice], in palette: inout PaletteState) {
        palette.choice = max(0, min(index, choices.count - 1))
        palette.isChosen = true
    }

    private func take(_ chosen: PaletteChoice, in palette: inout PaletteState) {
        palette.editor.replace(with: chosen.line)
        palette.isHistory = false
        (palette.choice, palette.isChosen) = (0, false)
    }

    /// Runs the line: the beginning of one name is enough, as is a choice made with the arrows. What still wants words is
    /// completed instead; where several names begin so, one is to be chosen first.
    private mutating func enter(_ palette: PaletteState, _ choices: [PaletteChoice]) -> [Effect] {
        var palette = palette
        let text = palette.editor.text
        let isBeginning = !text.contains(" ") && PaletteCommand.named(text) == nil
        if palette.isHistory || palette.isChosen {
            if choices.indices.contains(palette.choice) { take(choices[palette.choice], in: &palette) }
        } else if isBeginning, let first = choices.first {
            guard choices.count == 1 else {
                dialog = .palette(palette)
                return []
            }
            take(first, in: &palette)
        }
        let line = palette.editor.text.trimmingBlanks
        let words = QuotedWords.split(line)
        if let command = words.first.flatMap({ PaletteCommand.named($0) }), words.count - 1 < command.grammar.required,
            !palette.editor.text.isEmpty
        {
            palette.editor.replace(with: line + " ")
            dialog = .palette(palette)
            return []
        }
        dialog = nil
        commandHistory.append(line)
        return execute(line)
    }

    /// Does what a line of the palette says; what it does not understand is said, and nothing is done.
    package mutating func execute(_ line: String) -> [Effect] {
        let words = QuotedWords.split(line)
        guard let name = words.first else { return [] }
        let rest = Array(words.dropFirst())
        guard let command = PaletteCommand.named(name) else {
            say("no such command: \(name); : lists them", .bad)
            return []
        }
        // An expression is taken as it stands, with its blanks and quotes.
        guard name == "filter" || command.grammar.places(for: rest) else {
            say("\(name) takes \(command.grammar == .nothing ? "nothing more" : command.grammar.usage)", .bad)
            return []
        }
        switch name {
        case "restart": return act(.restart, rest)
        case "stop": return act(.stop, rest)
        case "start": return act(.start, rest)
        case "drain": return act(.drain, rest)
        case "resume": return act(.resume, rest)
        case "maint": return act(.maintenance, rest)
        case "scale": return scale(rest)
        case "signal": return signal(rest)
        case "weight": return weigh(rest)
        case "roll": return roll(rest)
        case "deploy": return deploy(rest)
        case "hold": return front(["hold"] + rest)
        case "front": return front(rest)
        case "level": return setLevel(rest)
        case "sort": return sort(rest)
        case "filter": return filter(String(line.trimmingBlanks.dropFirst(name.count)).trimmingBlanks)
        case "logs", "detail": return showWorkers(name, rest)
        case "pool": return showPool(rest)
        case "cancel": return cancel(rest)
        case "rate": return setRate(rest)
        case "theme": return setTheme(rest)
        case "columns": return setColumns(rest)
        case "save": return [.saveSettings]
        default: return command.command.map { run($0) } ?? []
        }
    }
}
