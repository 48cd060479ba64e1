internal import PoolAPI
internal import PoolModel
internal import PoolTOML
internal import PoolScreen
internal import PoolTerminal
internal import PoolUI

/// `pooltop.toml`: what a user wants to be otherwise. Whatever is wrong in it is named with its line and left out; the
/// rest counts. The program writes it only when it is asked to.
package struct SettingsFile {
    /// Bytes of the file that are read. Beyond: it is refused as a whole.
    package static let bytesMax = 64 << 10

    /// One thing that is wrong.
    package struct Issue: Hashable, Sendable, CustomStringConvertible {
        /// From 1; 0 where it is about the file as a whole.
        package var line: Int
        package var message: String

        package var description: String { line > 0 ? "line \(line): \(message)" : message }
    }

    private var options: Options
    private var issues: [Issue] = []

    /// Takes a file's settings over into options, which the command line then has its say on.
    package static func read(_ text: String, into options: Options) -> (options: Options, issues: [Issue]) {
        guard text.utf8.count <= bytesMax else {
            return (options, [Issue(line: 0, message: "longer than \(bytesMax) bytes")])
        }
        var file = SettingsFile(options: options)
        let (table, errors) = TOMLParser.parse(text)
        for entry in table.entries { file.take(entry) }
        file.issues += errors.map { Issue(line: $0.position.line, message: $0.message) }
        return (file.options, file.issues.sorted { $0.line < $1.line })
    }

    private init(options: Options) { self.options = options }

    private mutating func take(_ entry: TOMLTable.Entry) {
        let (key, value) = (entry.key, entry.value)
        switch key {
        case "theme":
            if let name = word(key, value, Theme.allCases.map(\.rawValue)) {
                options.theme = Theme(rawValue: name) ?? .auto
            }
        case "color": takeColor(key, value)
        case "rate": if let rate = number(key, value, 0.1...30) { options.rate = rate }
        case "log_lines": if let lines = number(key, value, 100...1_000_000) { options.logLines = Int(lines) }
        case "mouse": if let isOn = flag(key, value) { options.hasMouse = isOn }
        case "ascii": if let isOn = flag(key, value) { options.isASCII = isOn }
        case "read_only": if let isOn = flag(key, value) { options.isReadOnly = isOn }
        case "wrap": if let isOn = flag(key, value) { options.look.isWrapped = isOn }
        case "logs": if let isOn = flag(key, value) { options.look.showsLogs = isOn }
        case "descending": if let isOn = flag(key, value) { options.look.isDescending = isOn }
        case "view":
            let names = ViewName.allCases.map { $0.title.lowercased() }
            if let name = word(key, value, names) { options.view = (names.firstIndex(of: name) ?? 0) + 1 }
        case "sort":
            if let name = word(key, value, WorkerColumn.allCases.map(\.rawValue)) {
                options.look.sort = WorkerColumn(rawValue: name)
            }
        case "time":
            let names = LogPane.TimeStyle.allCases.map { "\($0)" }
            if let name = word(key, value, names) {
                options.look.timeStyle = LogPane.TimeStyle.allCases.first { "\($0)" == name } ?? .ofDay
            }
        case "columns": takeColumns(key, value)
        case "keys": takeKeys(value)
        default: note(entry.keyPosition, "no such setting: \(key)\(SettingsFile.hint(SettingsFile.names, to: key))")
        }
    }

    /// All settings, in the order of ``text(_:)``.
    static let names = [
        "theme", "color", "rate", "log_lines", "mouse", "ascii", "read_only", "view", "columns", "sort", "descending",
        "logs", "wrap", "time", "keys",
    ]

    private static func hint(_ names: [String], to name: String) -> String {
        NearestName.hint(names, to: name).map { "; \($0)" } ?? ""
    }

    // MARK: values

    private mutating func note(_ position: TextPosition, _ message: String) {
        issues.append(Issue(line: position.line, message: message))
    }

    private mutating func word(_ key: String, _ value: TOMLValue, _ known: [String]) -> String? {
        if case .string(let text) = value.kind, known.contains(text) { return text }
        note(value.position, "\(key) cannot be \(value.summary); there are \(known.joined(separator: ", "))")
        return nil
    }

    private mutating func number(_ key: String, _ value: TOMLValue, _ range: ClosedRange<Double>) -> Double? {
        let number: Double? =
            switch value.kind {
            case .integer(let whole): Double(whole)
            case .float(let number): number
            case .string, .boolean, .dateTime, .array, .table: nil
            }
        if let number, range.contains(number) { return number }
        note(
            value.position,
            "\(key) cannot be \(value.summary); a number from \(range.lowerBound) to \(range.upperBound)"
        )
        return nil
    }

    private mutating func flag(_ key: String, _ value: TOMLValue) -> Bool? {
        if case .boolean(let isOn) = value.kind { return isOn }
        note(value.position, "\(key) cannot be \(value.summary); true or false")
        return nil
    }

    private mutating func takeColor(_ key: String, _ value: TOMLValue) {
        guard let name = word(key, value, ["auto"] + ColorDepth.allCases.map(\.rawValue)) else { return }
        // NO_COLOR in the environment still wins over the file; over the command line it does not.
        options.depth = ColorDepth(rawValue: name)
    }

    private mutating func takeColumns(_ key: String, _ value: TOMLValue) {
        guard case .array(let elements) = value.kind, !elements.isEmpty else {
            return note(value.position, "columns cannot be \(value.summary); a list of names")
        }
        var columns: [WorkerColumn] = []
        for element in elements {
            guard let name = word("a column", element, WorkerColumn.allCases.map(\.rawValue)),
                let column = WorkerColumn(rawValue: name)
            else { continue }
            if columns.contains(column) {
                note(element.position, "\(name) is there twice")
            } else {
                columns.append(column)
            }
        }
        if !columns.isEmpty { options.look.columns = columns }
    }

    private mutating func takeKeys(_ value: TOMLValue) {
        guard case .table(let table) = value.kind else {
            return note(value.position, "keys cannot be \(value.summary); a table: [keys]")
        }
        var taken: [Key: Command] = [:]
        for entry in table.entries {
            guard let command = Command(settingName: entry.key) else {
                let hint = SettingsFile.hint(Command.allCases.map(\.settingName), to: entry.key)
                note(entry.keyPosition, "no such command: \(entry.key)\(hint)")
                continue
            }
            let values: [TOMLValue] =
                if case .array(let elements) = entry.value.kind { elements } else { [entry.value] }
            var keys: [Key] = []
            for value in values {
                guard case .string(let name) = value.kind, let key = Key(named: name) else {
                    note(
                        value.position,
                        "\(entry.key): \(value.summary) is no key; write r, F5, ^L, PgUp, Space or Alt-x"
                    )
                    continue
                }
                if let other = taken.updateValue(command, forKey: key), other != command {
                    note(
                        value.position,
                        "\(name) is given to \(other.settingName) too; it is \(command.settingName) now"
                    )
                    options.look.keys[other]?.removeAll { $0 == key }
                }
                keys.append(key)
            }
            // A list of which nothing is left changes nothing: the command keeps its usual keys.
            if !keys.isEmpty || values.isEmpty { options.look.keys[command] = keys }
        }
        for command in KeyMap.rebound(options.look.keys).without where !options.look.keys.keys.contains(command) {
            note(value.position, "\(command.settingName) is left without a key")
        }
    }
}
