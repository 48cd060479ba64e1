internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Lines of the palette that change what is shown.
extension DashboardModel {
    mutating func setLevel(_ words: [String]) -> [Effect] {
        guard let word = words.first, let level = LogLevel.allCases.first(where: { $0.rawValue.hasPrefix(word) }) else {
            say("level takes one of \(LogLevel.allCases.map(\.rawValue).joined(separator: " "))", .bad)
            return []
        }
        logs.setMinimum(level)
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    mutating func sort(_ words: [String]) -> [Effect] {
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

    mutating func filter(_ text: String) -> [Effect] {
        guard let pattern = text.isEmpty ? nil : Pattern(text) else {
            if !text.isEmpty { say("not an expression: \(text)", .bad) }
            return text.isEmpty ? run(.filter) : []
        }
        switch view {
        // The detail shows its worker's log.
        case .logs, .detail: logs.setFilter(pattern)
        case .events: eventList.filter = pattern
        case .workers, .health, .operations, .fronts, .config, .pools:
            table.filter = pattern
            show(.workers)
            arrange(force: true)
        }
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    mutating func showWorkers(_ view: String, _ selectors: [String]) -> [Effect] {
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

    mutating func showPool(_ words: [String]) -> [Effect] {
        guard let name = words.first else { return nextPool() }
        guard pools.contains(where: { $0.name == name }) else {
            say("no pool \(name); there are \(pools.map(\.name).joined(separator: ", "))", .bad)
            return []
        }
        return name == pool?.name ? [] : show(pool: name)
    }

    mutating func setRate(_ words: [String]) -> [Effect] {
        guard let word = words.first, let rate = Double(word), rate >= 0.1, rate <= 30 else {
            say("rate takes frames a second, 0.1 to 30", .bad)
            return []
        }
        settings.rate = rate
        return [.setRate(rate)]
    }

    mutating func setTheme(_ words: [String]) -> [Effect] {
        guard let name = words.first, settings.themes.contains(name) else {
            say("theme takes one of \(settings.themes.joined(separator: " "))", .bad)
            return []
        }
        settings.theme = name
        return [.setTheme(name)]
    }

    mutating func setColumns(_ words: [String]) -> [Effect] {
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
