internal import PoolModel
internal import PoolScreen

/// Keys: to the dialog where one is open, else through the key table.
extension DashboardModel {
    mutating func press(_ key: Key) -> [Effect] {
        if key == .control("l") { return [.redraw] }
        if key == .control("z") { return [.suspend] }
        if SummaryView.isShown(size) { return pressSmall(key) }
        switch dialog {
        case .confirm(let question): return answer(question, key)
        case .help(let help): return press(key, in: help)
        case .palette(let palette): return press(key, in: palette)
        case .filter(let prompt): return press(key, in: prompt)
        case .setup(let setup): return press(key, in: setup)
        case nil: break
        }
        switch key {
        case .click(let point): return click(point)
        case .wheel(let lines, let point): return wheel(lines, point)
        case .paste, .unknown: return []
        case .character, .control, .alt, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .enter, .escape,
            .tab, .backTab, .backspace, .insert, .delete, .function:
            guard let command = keys.command(for: key), let binding = keys.binding(for: command) else { return [] }
            guard acts(binding) else {
                sayWhere(key, binding)
                return []
            }
            return run(command)
        }
    }

    /// Does what a key or the palette asks for.
    package mutating func run(_ command: Command) -> [Effect] {
        switch command {
        case .up: move(by: -1)
        case .down: move(by: 1)
        case .pageUp: move(by: -pageRows)
        case .pageDown: move(by: pageRows)
        case .first: moveToEnd(isFirst: true)
        case .last: moveToEnd(isFirst: false)
        case .left: moveSideways(-1)
        case .right: moveSideways(1)
        case .open: return open()
        case .back: back()
        case .showWorkers: show(.workers)
        case .showDetail: show(.detail)
        case .showLogs: show(.logs)
        case .showEvents: show(.events)
        case .showHealth: show(.health)
        case .showOperations: show(.operations)
        case .showFronts: show(.fronts)
        case .showConfig: show(.config)
        case .showPools: show(.pools)
        case .nextView: turn(1)
        case .previousView: turn(-1)
        case .nextPool: return nextPool()
        case .nextPane: turnPane()
        case .logsBefore: return showLogsBefore()
        case .weight: type("weight ")
        case .signal: type("signal ")
        case .filter, .nextMatch, .previousMatch, .nextSort, .previousSort, .reverseSort, .freeze, .tag, .untagAll,
            .invertTags, .hideStopped:
            find(command)
        case .follow, .level, .nextError, .previousError, .wrap, .mark, .nextMark, .logsOfWorker, .time, .toggleLogs:
            runLogs(command)
        case .pager: return [.page(logText)]
        case .restart, .roll, .drain, .resume, .maintenance, .stop, .start, .scaleUp, .scaleDown, .cancelOperation,
            .reload, .deploy, .holdFront, .closeFront:
            ask(command)
        case .palette: dialog = .palette(PaletteState(editor: LineEditor(history: commandHistory.lines)))
        case .help: dialog = .help(HelpState())
        case .setup: openSetup()
        case .copy: return copy()
        case .mouse:
            settings.hasMouse.toggle()
            say(settings.hasMouse ? "mouse on" : "mouse off: the terminal selects", .info)
            return [.setMouse(settings.hasMouse)]
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .reconnect: return link.isLive ? [] : [.reconnect]
        case .quit: return [.quit]
        }
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    /// On a screen that has room for a summary alone: nothing is done that would not be seen. A question is only closed.
    private mutating func pressSmall(_ key: Key) -> [Effect] {
        guard dialog == nil else {
            guard key == .escape || key == .control("c") else { return [] }
            if case .filter(let prompt) = dialog { return press(key, in: prompt) }
            if case .confirm = dialog { say("nothing was changed", .dim) }
            dialog = nil
            return []
        }
        switch keys.command(for: key) {
        case .quit: return [.quit]
        case .up: move(by: -1)
        case .down: move(by: 1)
        case .pageUp: move(by: -SummaryView.rows(size))
        case .pageDown: move(by: SummaryView.rows(size))
        case .nextPool: return nextPool()
        case .reconnect: return link.isLive ? [] : [.reconnect]
        default: break
        }
        return []
    }

    /// Opens the command line with the beginning of a command that needs more words.
    private mutating func type(_ text: String) {
        if let refusal = actionsRefused { return say(refusal, .warn) }
        dialog = .palette(PaletteState(editor: LineEditor(text: text, history: commandHistory.lines)))
    }

    private mutating func answer(_ question: Confirmation, _ key: Key) -> [Effect] {
        var question = question
        switch question.press(key) {
        case .waiting:
            question.top = max(0, min(question.top, DialogView.hiddenLines(question, size)))
            dialog = .confirm(question)
            return []
        case .cancelled:
            dialog = nil
            say("nothing was changed", .dim)
            return []
        case .confirmed(let deed):
            dialog = nil
            // The daemon may have gone while the question stood.
            if let refusal = actionsRefused {
                say(refusal, .warn)
                return []
            }
            say("\(deed.text): asked for", .info)
            table.tagged = []
            return [.perform(deed)]
        }
    }

    private mutating func press(_ key: Key, in help: HelpState) -> [Effect] {
        var help = help
        if help.isSearching {
            help.search(key)
            dialog = .help(help)
            return []
        }
        switch key {
        case .character("/"), .function(4): help.isSearching = true
        case .escape where !help.editor.text.isEmpty: help.editor = LineEditor()
        case .up, .character("k"): help.top -= 1
        case .down, .character("j"): help.top += 1
        case .pageUp: help.top -= size.rows / 2
        case .pageDown, .character(" "): help.top += size.rows / 2
        case .wheel(let lines, _): help.top += lines
        case .escape, .enter, .character("q"), .character("?"), .function(1), .character("h"), .control("c"),
            .backspace:
            dialog = nil
            return []
        default: break
        }
        help.top = max(0, min(help.top, HelpView.lines(self, help).count - HelpView.rows(size)))
        dialog = .help(help)
        return []
    }

    private mutating func press(_ key: Key, in prompt: FilterPrompt) -> [Effect] {
        var prompt = prompt
        switch key {
        case .escape, .control("c"):
            setFilter(prompt.before, in: prompt)
            dialog = nil
        case .enter:
            filterHistory.append(prompt.editor.text)
            dialog = nil
        case .tab where prompt.view == .logs:
            prompt.isSearch.toggle()
            logs.search = nil
            logs.setFilter(nil)
            apply(&prompt)
        default:
            guard prompt.editor.press(key) else { break }
            apply(&prompt)
        }
        return logs.unsearched > 0 ? [.continueSearch] : []
    }

    /// Filters by what is typed; what is not an expression leaves the filter as it was and says so.
    private mutating func apply(_ prompt: inout FilterPrompt) {
        let text = prompt.editor.text
        let pattern = text.isEmpty || text == "!" ? nil : Pattern(text)
        prompt.isInvalid = pattern == nil && !text.isEmpty && text != "!"
        if !prompt.isInvalid { setFilter(pattern, in: prompt) }
        dialog = .filter(prompt)
    }

    private mutating func setFilter(_ pattern: Pattern?, in prompt: FilterPrompt) {
        switch prompt.view {
        case .workers, .detail, .health, .operations, .fronts, .config, .pools:
            table.filter = pattern
            arrange(force: true)
        case .logs:
            if prompt.isSearch { logs.search = pattern } else { logs.setFilter(pattern) }
        case .events:
            eventList.filter = pattern
            eventList.selected = 0
            eventList.top = 0
        }
    }
}
