internal import PoolScreen

/// The set-up's keys.
extension DashboardModel {
    mutating func openSetup() { dialog = .setup(SetupState(shown: settings.columns)) }

    mutating func press(_ key: Key, in setup: SetupState) -> [Effect] {
        var setup = setup
        var effects: [Effect] = []
        switch key {
        case .up, .character("k"): setup.selected -= 1
        case .down, .character("j"): setup.selected += 1
        case .wheel(let lines, _): setup.selected += lines
        case .home, .character("g"): setup.selected = 0
        case .end, .character("G"): setup.selected = setup.rows.count - 1
        case .left, .character("H"): effects = change(setup, by: -1)
        case .right, .enter, .character(" "), .character("L"): effects = change(setup, by: 1)
        case .character("<"), .character("-"): move(by: -1, in: &setup)
        case .character(">"), .character("+"): move(by: 1, in: &setup)
        case .character("s"): effects = [.saveSettings]
        case .escape, .backspace, .character("q"), .character(","), .function(2), .control("c"):
            dialog = nil
            return []
        default: break
        }
        setup.selected = min(max(0, setup.selected), setup.rows.count - 1)
        dialog = .setup(setup)
        return effects
    }

    /// Changes what a line says to the next value, or to the one before.
    private mutating func change(_ setup: SetupState, by step: Int) -> [Effect] {
        switch setup.row {
        case .theme:
            settings.theme = next(settings.theme, in: settings.themes, by: step)
            return [.setTheme(settings.theme)]
        case .rate:
            let rates = SetupState.rates
            let index = rates.lastIndex { $0 <= settings.rate } ?? 0
            settings.rate = rates[min(max(0, index + step), rates.count - 1)]
            return [.setRate(settings.rate)]
        case .logs: showsLogs.toggle()
        case .wrap: logs.isWrapped.toggle()
        case .time: logs.timeStyle = next(logs.timeStyle, in: LogPane.TimeStyle.allCases, by: step)
        case .mouse:
            settings.hasMouse.toggle()
            return [.setMouse(settings.hasMouse)]
        case .column(let column): toggle(column, in: setup)
        }
        return []
    }

    private func next<Value: Equatable>(_ value: Value, in values: [Value], by step: Int) -> Value {
        guard let index = values.firstIndex(of: value) else { return values.first ?? value }
        return values[(index + step + values.count) % values.count]
    }

    /// Shows a column or leaves it out; without a column there would be no table.
    private mutating func toggle(_ column: WorkerColumn, in setup: SetupState) {
        var shown = Set(settings.columns ?? WorkerColumn.allCases)
        if shown.remove(column) == nil { shown.insert(column) }
        guard !shown.isEmpty else { return say("one column must stay", .warn) }
        take(columns: setup.columns.filter { shown.contains($0) })
    }

    /// Moves the selected column to the left or the right of the table.
    private mutating func move(by step: Int, in setup: inout SetupState) {
        guard case .column(let column) = setup.row, let index = setup.columns.firstIndex(of: column),
            setup.columns.indices.contains(index + step)
        else { return }
        let shown = settings.columns ?? WorkerColumn.allCases
        setup.columns.swapAt(index, index + step)
        setup.selected += step
        take(columns: setup.columns.filter { shown.contains($0) })
    }

    /// All of them in their usual order are as if none was chosen: they are then dropped by width.
    private mutating func take(columns: [WorkerColumn]) {
        settings.columns = columns == WorkerColumn.allCases ? nil : columns
    }
}
