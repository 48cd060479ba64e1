internal import PoolScreen

/// Lines of texts at columns, longer than the screen: what views show that are read rather than acted on.
struct Page {
    struct Line {
        var parts: [(x: Int, text: CellText)]
        /// Its background, where the line is a title.
        var fill: Role?

        init(_ parts: [(x: Int, text: CellText)], fill: Role? = nil) {
            self.parts = parts
            self.fill = fill
        }

        init(_ text: String, x: Int = 1, _ role: Role = .normal) { self.init([(x, CellText(text, role))]) }
    }

    var lines: [Line] = []

    mutating func add(_ text: String, x: Int = 1, _ role: Role = .normal) { lines.append(Line(text, x: x, role)) }
    mutating func add(_ parts: [(x: Int, text: CellText)]) { lines.append(Line(parts)) }
    mutating func addTitle(_ parts: [(x: Int, text: String)]) {
        lines.append(Line(parts.map { ($0.x, CellText($0.text, .header)) }, fill: .header))
    }
    /// A name and what it is.
    mutating func addFact(_ name: String, _ value: CellText, x: Int = 1, valueX: Int = 12) {
        lines.append(Line([(x, CellText(name, .key)), (valueX, value)]))
    }
    mutating func addGap() { lines.append(Line([])) }

    /// The lines as they are on a screen of this width: what has no room in its column is wrapped, or goes below, so that
    /// nothing is out of reach. Titles are cut.
    func reflowed(width: Int) -> Page {
        var page = Page()
        for line in lines { page.lines += line.fill == nil ? Page.reflow(line, width: width) : [line] }
        return page
    }

    private static func reflow(_ line: Line, width: Int) -> [Line] {
        var above: [Line] = []
        var first = Line([])
        var below: [Line] = []
        for (index, part) in line.parts.enumerated() {
            let isLast = index + 1 == line.parts.count
            let end = isLast ? width : min(line.parts[index + 1].x - 1, width)
            if TextWidth.columns(of: part.text.text) <= end - part.x {
                first.parts.append(part)
                continue
            }
            if index == 0, !isLast {
                // What the line is about keeps its place before the rest.
                let texts = TextWrap.lines(part.text.text, width: max(4, width - part.x))
                above = texts.map { Line($0, x: part.x, part.text.role) }
                continue
            }
            // The last part goes on in its column where that leaves half of the screen, else below all.
            let x = isLast && part.x <= width / 2 ? part.x : min(3, max(0, width - 8))
            var texts = TextWrap.lines(part.text.text, width: max(4, width - x))[...]
            if x == part.x, let head = texts.popFirst() { first.parts.append((x, CellText(head, part.text.role))) }
            below += texts.map { Line($0, x: x, part.text.role) }
        }
        let isLost = first.parts.isEmpty && !(above.isEmpty && below.isEmpty)
        return above + (isLost ? [] : [first]) + below
    }

    /// Draws from a line on; the part of a line that has no room before its neighbour is cut.
    func draw(from top: Int, in rect: Rect, on screen: inout Screen, glyphs: Glyphs) {
        for (row, line) in lines.dropFirst(top).prefix(max(0, rect.height)).enumerated() {
            let y = rect.y + row
            if let fill = line.fill { screen.fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), role: fill) }
            for (index, part) in line.parts.enumerated() where part.x < rect.width {
                let end = index + 1 < line.parts.count ? min(line.parts[index + 1].x - 1, rect.width) : rect.width
                screen.put(
                    part.text.text,
                    x: rect.x + part.x,
                    y: y,
                    role: part.text.role,
                    limit: end - part.x,
                    mark: glyphs.cut
                )
            }
        }
        let below = lines.count - top - rect.height
        if below > 0, rect.height > 1 {
            screen.putRight(" +\(below) \(glyphs.upDown) ", x: rect.x, y: rect.maxY - 1, width: rect.width, role: .dim)
        }
    }
}
