internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// The log: a rule that says what is shown, then the lines, the newest at the bottom.
enum LogView {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard rect.height >= 2 else { return }
        let logs = model.logs
        Rule.draw(title(model, width: rect.width), in: rect, on: &screen, glyphs: model.glyphs)
        let area = Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: rect.height - 1)
        guard logs.count > 0 else { return drawNothing(model, in: area, on: &screen) }
        let lines = window(logs, model, in: area)
        for (row, line) in lines.enumerated() {
            draw(line, model, y: area.y + row, width: area.width, on: &screen)
        }
    }

    /// One line of the screen: a log line, or a further part of one that is wrapped.
    private struct ScreenLine {
        var row: LogRow
        var text: String
        var isFirst: Bool
        var isCursor: Bool
    }

    private static func title(_ model: DashboardModel, width: Int) -> [CellText] {
        let logs = model.logs
        let who =
            logs.workers.isEmpty
            ? "all workers"
            : logs.workers.count > 3
                ? "\(logs.workers.count) workers" : logs.workers.sorted().map { "w\($0)" }.joined(separator: " ")
        var parts = [CellText("logs: \(who)", .key)]
        parts.append(
            logs.isFollowing ? CellText("FOLLOW", .ok) : CellText("PAUSED +\(Figures.grouped(logs.newLines))", .warn)
        )
        if logs.minimum > .debug {
            parts.append(CellText("level \(model.glyphs.atLeast) \(logs.minimum.rawValue)", .info))
        }
        if let filter = logs.filter { parts.append(CellText("filter /\(filter.source)/", .info)) }
        if let search = logs.search { parts.append(CellText("search /\(search.source)/", .info)) }
        let all = Figures.grouped(logs.buffer.count)
        parts.append(CellText(logs.isFiltered ? "\(Figures.grouped(logs.count)) of \(all)" : "\(all) lines", .dim))
        if logs.unsearched > 0 { parts.append(CellText("searching", .info)) }
        if width >= 60 { parts.append(CellText("\(Figures.rate(logs.rate))/s", .dim)) }
        if logs.offset > 0, !logs.isWrapped { parts.append(CellText("+\(logs.offset) columns", .dim)) }
        return parts
    }

    private static func drawNothing(_ model: DashboardModel, in area: Rect, on screen: inout Screen) {
        for (row, text) in TextWrap.lines(nothing(model), width: area.width - 2).prefix(area.height).enumerated() {
            screen.put(text, x: area.x + 1, y: area.y + row, role: .dim, limit: area.width - 1)
        }
    }

    /// Why there is no line, and what to press.
    private static func nothing(_ model: DashboardModel) -> String {
        let logs = model.logs
        let level = "level \(model.glyphs.atLeast) \(logs.minimum.rawValue)"
        switch (logs.filter, logs.minimum > .debug) {
        case (let filter?, true):
            return "No line passes /\(filter.source)/ and \(level). Esc takes the filter away, then the level."
        case (let filter?, false): return "No line passes /\(filter.source)/. Esc takes it away."
        case (nil, true): return "No line has \(level). Esc takes it away, v changes it."
        case (nil, false):
            return logs.buffer.count > 0 && !logs.workers.isEmpty
                ? "No lines of the workers that are shown." : "No lines yet: what the workers write appears here."
        }
    }

    // MARK: which lines

    private static func window(_ logs: LogPane, _ model: DashboardModel, in area: Rect) -> [ScreenLine] {
        let height = area.height
        let cursor = logs.isFollowing ? -1 : logs.cursorIndex
        func parts(_ index: Int) -> [ScreenLine] {
            let row = logs.row(index)
            let width = area.width - prefixWidth(model, width: area.width)
            let texts = logs.isWrapped ? broken(row.text, width: width) : [row.text]
            return texts.enumerated().map {
                ScreenLine(row: row, text: $0.element, isFirst: $0.offset == 0, isCursor: index == cursor)
            }
        }
        var lines: [ScreenLine] = []
        if logs.isFollowing {
            var index = logs.count - 1
            while index >= 0, lines.count < height {
                lines.insert(contentsOf: parts(index), at: 0)
                index -= 1
            }
            return Array(lines.suffix(height))
        }
        var index = logs.firstIndex(notBefore: logs.top)
        while index < logs.count, lines.count < height || index <= cursor {
            lines += parts(index)
            index += 1
        }
        // Wrapped lines above the reader's may push it out of the screen: the reader's line wins.
        let last = lines.lastIndex { $0.isCursor } ?? 0
        return last < height ? Array(lines.prefix(height)) : Array(lines[...last].suffix(height))
    }

    private static func broken(_ text: String, width: Int) -> [String] {
        guard width > 0, TextWidth.columns(of: text) > width else { return [text] }
        var parts: [String] = []
        var rest = text
        while !rest.isEmpty {
            let head = TextWidth.prefix(of: rest, columns: width)
            guard !head.isEmpty else { break }
            parts.append(String(head))
            rest = String(rest[head.endIndex...])
        }
        return parts
    }

    // MARK: one line

    /// Columns before the text: the mark, the time, the worker.
    private static func prefixWidth(_ model: DashboardModel, width: Int) -> Int {
        1 + timeWidth(model, width: width) + workerWidth(model) + 1
    }

    private static func timeWidth(_ model: DashboardModel, width: Int) -> Int {
        switch model.logs.timeStyle {
        case .none: 0
        case .ofDay: width >= 76 ? 13 : width >= 56 ? 9 : 0
        case .full: width >= 56 ? 24 : 0
        }
    }

    private static func workerWidth(_ model: DashboardModel) -> Int {
        max(3, String(model.pool?.workers.last?.status.id.number ?? 0).count + 1)
    }

    private static func draw(_ line: ScreenLine, _ model: DashboardModel, y: Int, width: Int, on screen: inout Screen) {
        let start = prefixWidth(model, width: width)
        let role: Role = line.isCursor ? .selected : textRole(line.row)
        if line.isCursor {
            screen.fill(Rect(x: 0, y: y, width: width, height: 1), role: .selected)
            if line.isFirst { screen.cursor = Point(x: 0, y: y) }
        }
        if line.isFirst { drawPrefix(line, model, y: y, width: width, on: &screen) }
        let offset = model.logs.isWrapped ? 0 : model.logs.offset
        let text = offset == 0 ? line.text : String(line.text.unicodeScalars.dropFirst(offset).map { Character($0) })
        screen.put(text, x: start, y: y, role: role, limit: width - start, mark: model.glyphs.cut)
        highlight(text, model, x: start, y: y, width: width, on: &screen)
    }

    private static func drawPrefix(
        _ line: ScreenLine,
        _ model: DashboardModel,
        y: Int,
        width: Int,
        on screen: inout Screen
    ) {
        let offset = model.settings.utcOffset
        let quiet: Role = line.isCursor ? .selected : .dim
        screen.put(
            line.row.isMarked ? "'" : line.isCursor ? ">" : " ",
            x: 0,
            y: y,
            role: line.isCursor ? .selected : .tagged
        )
        let time = timeWidth(model, width: width)
        let text =
            switch time {
            case 0: ""
            case 9: ClockText.ofDay(line.row.at, offset: offset)
            case 13: ClockText.precise(line.row.at, offset: offset)
            default: ClockText.full(line.row.at, offset: offset)
            }
        screen.put(text, x: 1, y: y, role: quiet)
        let worker = line.row.worker < 0 ? "-" : "w\(line.row.worker)"
        screen.put(
            worker,
            x: 1 + time,
            y: y,
            role: line.isCursor ? .selected : line.row.stream == .stderr ? .normal : .info
        )
    }

    private static func textRole(_ row: LogRow) -> Role {
        switch row.level {
        case .error, .critical: .bad
        case .warning: .warn
        case .debug: .dim
        case .info: row.stream == .mark ? .info : .normal
        }
    }

    private static func highlight(
        _ text: String,
        _ model: DashboardModel,
        x: Int,
        y: Int,
        width: Int,
        on screen: inout Screen
    ) {
        guard let pattern = model.logs.search ?? model.logs.filter else { return }
        for range in pattern.matches(in: text) {
            let bytes = Array(text.utf8)
            let before = TextWidth.columns(of: String(decoding: bytes[..<range.lowerBound], as: UTF8.self))
            let length = TextWidth.columns(of: String(decoding: bytes[range], as: UTF8.self))
            guard x + before < width else { break }
            screen.restyle(Rect(x: x + before, y: y, width: min(length, width - x - before), height: 1), role: .match)
        }
    }
}
