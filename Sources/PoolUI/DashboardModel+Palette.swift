internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The command line: typing, completion, and what the lines do.
extension DashboardModel {
    mutating func press(_ key: Key, in palette: PaletteState) -> [Effect] {
        var palette = palette
        let suggestions = PaletteCommand.suggestions(for: palette.editor.text)
        switch key {
        case .escape, .control("c"):
            dialog = nil
            return []
        case .enter:
            dialog = nil
            var line = palette.editor.text
            // A unique beginning is enough, as is a choice made with the arrows.
            if !line.contains(" "), suggestions.indices.contains(palette.choice) {
                line = suggestions[palette.choice].name
            }
            commandHistory.append(line)
            return execute(line)
        case .tab:
            if suggestions.indices.contains(palette.choice) {
                let chosen = suggestions[palette.choice]
                palette.editor.replace(with: chosen.name + (chosen.arguments.isEmpty ? "" : " "))
            }
        case .up where !palette.editor.text.isEmpty && suggestions.count > 1:
            palette.choice = max(0, palette.choice - 1)
        case .down where !palette.editor.text.isEmpty && suggestions.count > 1:
            palette.choice = min(suggestions.count - 1, palette.choice + 1)
        default:
            if palette.editor.press(key) { palette.choice = 0 }
        }
        dialog = .palette(palette)
        return []
    }

    /// Does what a line of the palette says; what it does not understand is said, and nothing is done.
    package mutating func execute(_ line: String) -> [Effect] {
        let words = line.split(separator: " ").map(String.init)
        guard let name = words.first else { return [] }
        let rest = Array(words.dropFirst())
        guard let command = PaletteCommand.all.first(where: { $0.name == name }) else {
            say("no such command: \(name); : lists them", .bad)
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
        case "filter": return filter(rest.joined(separator: " "))
        case "logs", "detail": return showWorkers(name, rest)
        case "pool": return showPool(rest)
        case "rate": return setRate(rest)
        case "theme": return setTheme(rest)
        case "columns": return setColumns(rest)
        case "save": return [.saveSettings]
        default: return command.command.map { run($0) } ?? []
        }
    }

    private mutating func act(_ verb: PoolModel.Operation.Verb, _ selectors: [String]) -> [Effect] {
        guard let numbers = numbers(selectors) else { return [] }
        propose(verb, numbers: numbers)
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
        guard words.count == 1, let count = Int(words[0]), (0...Limits.workersMax).contains(count) else {
            say("scale takes a number of workers, 0 to \(Limits.workersMax)", .bad)
            return []
        }
        propose(.scale, count: count)
        return []
    }

    private mutating func signal(_ words: [String]) -> [Effect] {
        guard let name = words.first else {
            say("signal takes a name (HUP, USR1) and workers", .bad)
            return []
        }
        guard let numbers = numbers(Array(words.dropFirst())) else { return [] }
        let bare = name.uppercased()
        propose(.signal, numbers: numbers, signal: bare.hasPrefix("SIG") ? String(bare.dropFirst(3)) : bare)
        return []
    }

    private mutating func roll(_ words: [String]) -> [Effect] {
        var batch: Int?
        if words.count == 2, words[0] == "--batch", let number = Int(words[1]), number >= 1 {
            batch = number
        } else if !words.isEmpty {
            say("roll takes --batch N, so many workers at a time", .bad)
            return []
        }
        propose(.roll, count: batch)
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
