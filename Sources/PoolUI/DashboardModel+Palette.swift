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
        case .enter: return enter(palette, chosen)
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

    /// Runs the line: a beginning of a name is enough, as is a choice made with the arrows. What still wants words is
    /// completed instead.
    private mutating func enter(_ palette: PaletteState, _ chosen: PaletteChoice?) -> [Effect] {
        var palette = palette
        if let chosen, palette.isHistory || palette.isChosen || !palette.editor.text.contains(" ") {
            take(chosen, in: &palette)
        }
        let line = palette.editor.text.trimmingBlanks
        let words = PaletteWords.split(line)
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
        let words = PaletteWords.split(line)
        guard let name = words.first else { return [] }
        let rest = Array(words.dropFirst())
        guard let command = PaletteCommand.named(name) else {
            say("no such command: \(name); : lists them", .bad)
            return []
        }
        if command.grammar == .nothing, !rest.isEmpty {
            say("\(name) takes nothing more", .bad)
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
        // An expression is taken as it stands, with its blanks and quotes.
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

    private mutating func act(_ verb: PoolModel.Operation.Verb, _ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named(verb == .maintenance ? "maint" : verb.rawValue)),
            let numbers = numbers(line.words)
        else { return [] }
        propose(verb, numbers: numbers, order: line.order)
        return []
    }

    /// Words without the options among them, and what those say; nil where one is unknown or lacks its value, which is
    /// then said.
    private mutating func arguments(_ words: [String], _ command: PaletteCommand?) -> (
        words: [String], order: ActionOrder
    )? {
        var order = ActionOrder()
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--force" where command?.grammar.options.contains(.force) ?? false: order.isForced = true
            case "--why" where !rest.isEmpty: order.why = rest.removeFirst()
            case let option where option.hasPrefix("--"):
                say("\(command?.name ?? "") takes \(command?.grammar.usage ?? "")", .bad)
                return nil
            default: plain.append(word)
            }
        }
        return (plain, order)
    }

    private mutating func cancel(_ words: [String]) -> [Effect] {
        guard let name = words.first else { return run(.cancelOperation) }
        guard let operation = shownOperations.first(where: { $0.id.description == name || "\($0.id.number)" == name }),
            !operation.state.isFinished
        else {
            say("no operation \(name) is under way", .bad)
            return []
        }
        propose(cancelling: operation)
        return []
    }

    /// The workers that selectors mean; without any the targets. nil where one is wrong, which is then said.
    private mutating func numbers(_ selectors: [String]) -> Set<Int>? {
        guard !selectors.isEmpty else { return targets }
        do {
            let workers = pool?.workers.map(\.status) ?? []
            return Set(try Selector.resolve(try Selector.list(selectors), among: workers).map(\.number))
        } catch {
            say("\(error)", .bad)
            return nil
        }
    }

    private mutating func scale(_ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named("scale")) else { return [] }
        let word = line.words.first ?? ""
        // `+2` and `-1` are from what there is, as on the command line.
        let base = word.hasPrefix("+") || word.hasPrefix("-") ? pool?.workers.count ?? 0 : 0
        guard line.words.count == 1, let number = Int(word), (0...Limits.workersMax).contains(base + number) else {
            say("scale takes a number of workers, 0 to \(Limits.workersMax), or +N or -N", .bad)
            return []
        }
        propose(.scale, count: base + number, order: line.order)
        return []
    }

    private mutating func signal(_ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named("signal")) else { return [] }
        guard let name = line.words.first else {
            say("signal takes a name (HUP, USR1) and workers", .bad)
            return []
        }
        guard let numbers = numbers(Array(line.words.dropFirst())) else { return [] }
        let bare = name.uppercased()
        let signal = bare.hasPrefix("SIG") ? String(bare.dropFirst(3)) : bare
        propose(.signal, numbers: numbers, signal: signal, order: line.order)
        return []
    }

    private mutating func roll(_ words: [String]) -> [Effect] {
        var batch: Int?
        var words = words
        if let index = words.firstIndex(of: "--batch"), index + 1 < words.count, let number = Int(words[index + 1]),
            number >= 1
        {
            batch = number
            words.removeSubrange(index...index + 1)
        }
        guard let line = arguments(words, PaletteCommand.named("roll")) else { return [] }
        guard line.words.isEmpty else {
            say("roll takes \(PaletteCommand.named("roll")?.grammar.usage ?? ""): all workers in turn", .bad)
            return []
        }
        propose(.roll, count: batch, order: line.order)
        return []
    }

    private mutating func weigh(_ words: [String]) -> [Effect] {
        guard let word = words.first, let weight = Int(word), (0...WeightRequest.weightMax).contains(weight) else {
            say("weight takes a number from 0 to \(WeightRequest.weightMax), and workers", .bad)
            return []
        }
        guard let numbers = numbers(Array(words.dropFirst())) else { return [] }
        proposeWeight(weight, numbers)
        return []
    }

    private mutating func setLevel(_ words: [String]) -> [Effect] {
        guard let word = words.first, let level = LogLevel.allCases.first(where: { $0.rawValue.hasPrefix(word) }) else {
            say("level takes one of \(LogLevel.allCases.map(\.rawValue).joined(separator: " "))", .bad)
            return []
        }
        logs.setMinimum(level)
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    private mutating func sort(_ words: [String]) -> [Effect] {
        let wanted = words.first?.uppercased() ?? ""
        guard
            let column = WorkerColumn.allCases.first(where: { $0.title == wanted || $0.rawValue.uppercased() == wanted }
            )
        else {
            say("sort takes one of \(WorkerColumn.allCases.map(\.title).joined(separator: " "))", .bad)
            return []
        }
        sort(by: column)
        return []
    }

    private mutating func filter(_ text: String) -> [Effect] {
        guard let pattern = text.isEmpty ? nil : Pattern(text) else {
            if !text.isEmpty { say("not an expression: \(text)", .bad) }
            return text.isEmpty ? run(.filter) : []
        }
        switch view {
        case .logs: logs.setFilter(pattern)
        case .events: eventList.filter = pattern
        case .workers, .detail, .health, .operations, .fronts, .config, .pools:
            table.filter = pattern
            show(.workers)
            arrange(force: true)
        }
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    private mutating func showWorkers(_ view: String, _ selectors: [String]) -> [Effect] {
        guard let chosen = selectors.isEmpty ? [] : numbers(selectors) else { return [] }
        if view == "logs" {
            logs.setWorkers(chosen)
            show(.logs)
        } else {
            if let first = chosen.min() { table.selected = first }
            show(.detail)
        }
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    private mutating func showPool(_ words: [String]) -> [Effect] {
        guard let name = words.first else { return nextPool() }
        guard pools.contains(where: { $0.name == name }) else {
            say("no pool \(name); there are \(pools.map(\.name).joined(separator: ", "))", .bad)
            return []
        }
        return name == pool?.name ? [] : show(pool: name)
    }

    private mutating func setRate(_ words: [String]) -> [Effect] {
        guard let word = words.first, let rate = Double(word), rate >= 0.1, rate <= 30 else {
            say("rate takes frames a second, 0.1 to 30", .bad)
            return []
        }
        settings.rate = rate
        return [.setRate(rate)]
    }

    private mutating func setTheme(_ words: [String]) -> [Effect] {
        guard let name = words.first, settings.themes.contains(name) else {
            say("theme takes one of \(settings.themes.joined(separator: " "))", .bad)
            return []
        }
        settings.theme = name
        return [.setTheme(name)]
    }

    private mutating func setColumns(_ words: [String]) -> [Effect] {
        var columns: [WorkerColumn] = []
        for word in words.flatMap({ $0.split(separator: ",") }) {
            let name = word.lowercased()
            guard
                let column = WorkerColumn.allCases.first(where: {
                    $0.rawValue.lowercased() == name || $0.title.lowercased() == name
                })
            else {
                say(
                    "no column \(word); there are \(WorkerColumn.allCases.map(\.rawValue).joined(separator: " "))",
                    .bad
                )
                return []
            }
            if !columns.contains(column) { columns.append(column) }
        }
        settings.columns = columns.isEmpty ? nil : columns
        return []
    }
}
