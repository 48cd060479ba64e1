internal import PoolAPI
internal import PoolModel

/// A log line as text: time, worker in its colour, the line itself made harmless for a terminal.
struct LogOutput {
    var style: Style
    /// A pipe gets the line as it was written; a terminal never does.
    var isTerminal: Bool
    var keepsColors = false
    var showsTime = true
    /// Workers' names are padded to the longest one so far, so that merged logs stand in columns.
    private var nameWidth = 0

    init(style: Style, isTerminal: Bool, keepsColors: Bool = false) {
        self.style = style
        self.isTerminal = isTerminal
        self.keepsColors = keepsColors
    }

    /// Ends with a line feed.
    mutating func line(_ record: LogRecord) -> String {
        let name = record.worker.description
        nameWidth = max(nameWidth, name.utf8.count)
        let padded = name + String(repeating: " ", count: nameWidth - name.utf8.count)
        let text = isTerminal ? TerminalText.clean(record.text, keepsColors: keepsColors) : record.text
        let mark: String =
            switch record.stream {
            case .stdout: "|"
            case .stderr: style("!", .warn)
            case .mark: style("*", .strong)
            }
        let body = record.stream == .mark ? style(text, .strong) : text
        return "\(style(record.at.timeOfDay, .dim)) \(style(padded, .worker(record.worker.number))) \(mark) \(body)\n"
    }
}
