package import PoolScreen

/// A line that is being typed: the text, the cursor, what was typed before.
package struct LineEditor: Hashable, Sendable {
    /// Scalars of a line. Beyond: nothing is added.
    package static let lengthMax = 256
    /// Lines that the history keeps. Beyond: the oldest goes.
    package static let historyMax = 50

    package private(set) var text = ""
    /// Scalars left of the cursor.
    package private(set) var cursor = 0
    private var history: [String]
    private var historyIndex: Int

    package init(text: String = "", history: [String] = []) {
        self.text = text
        cursor = text.unicodeScalars.count
        self.history = history
        historyIndex = history.count
    }

    /// Takes an editing key; false for keys that are none.
    package mutating func press(_ key: Key) -> Bool {
        var scalars = Array(text.unicodeScalars)
        switch key {
        case .character(let scalar): insert([scalar], into: &scalars)
        case .paste(let pasted): insert(Array(LogText.clean(pasted).unicodeScalars), into: &scalars)
        case .backspace:
            if cursor > 0 {
                scalars.remove(at: cursor - 1)
                cursor -= 1
            }
        case .delete: if cursor < scalars.count { scalars.remove(at: cursor) }
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(scalars.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = scalars.count
        case .control("u"):
            scalars.removeFirst(cursor)
            cursor = 0
        case .control("k"): scalars.removeLast(scalars.count - cursor)
        case .control("w"):
            let start = scalars[..<cursor].lastIndex(of: " ").map { $0 } ?? 0
            scalars.removeSubrange(start..<cursor)
            cursor = start
        case .up: return recall(-1)
        case .down: return recall(1)
        case .control, .alt, .pageUp, .pageDown, .enter, .escape, .tab, .backTab, .insert, .function, .click, .wheel,
            .unknown:
            return false
        }
        text = LineEditor.string(scalars)
        return true
    }

    package mutating func replace(with line: String) {
        text = line
        cursor = line.unicodeScalars.count
    }

    private mutating func insert(_ new: [Unicode.Scalar], into scalars: inout [Unicode.Scalar]) {
        let room = max(0, LineEditor.lengthMax - scalars.count)
        scalars.insert(contentsOf: new.prefix(room), at: cursor)
        cursor += min(room, new.count)
    }

    private mutating func recall(_ step: Int) -> Bool {
        let wanted = historyIndex + step
        guard wanted >= 0, wanted <= history.count else { return true }
        historyIndex = wanted
        replace(with: wanted < history.count ? history[wanted] : "")
        return true
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }
}

/// The lines typed before, newest last, without doubles.
package struct LineHistory: Hashable, Sendable {
    package private(set) var lines: [String] = []

    package init() {}

    package mutating func append(_ line: String) {
        guard !line.isEmpty else { return }
        lines.removeAll { $0 == line }
        lines.append(line)
        if lines.count > LineEditor.historyMax { lines.removeFirst() }
    }
}
