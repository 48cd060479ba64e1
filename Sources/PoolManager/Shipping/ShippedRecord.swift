internal import PoolAPI
internal import PoolModel

/// A log line or an event on its way to another log.
struct ShippedRecord: Hashable, Sendable {
    /// RFC 5424's, which journald uses too: 2 critical … 7 debug.
    var severity: Int
    var at: Timestamp
    /// What writes: the pool, or `poold` for events.
    var program: String
    /// `stdout`, `stderr`, `mark`, `event`.
    var kind: String
    /// Where it belongs, as named values: worker, life, sequence.
    var labels: [(name: String, value: String)]
    var text: [UInt8]

    /// Bytes of text. Beyond: the rest is cut off, so that a datagram holds it.
    static let bytesMax = 8192

    init(_ line: LogLine) {
        severity = LogLevel(ofLine: line.bytes).syslogSeverity
        at = line.at
        program = line.worker.pool
        kind = line.stream.rawValue
        labels = [
            ("worker", line.worker.description), ("life", "\(line.life)"), ("sequence", "\(line.sequence)"),
        ]
        text = Array(line.bytes.prefix(ShippedRecord.bytesMax))
    }

    init(_ event: PoolEvent) {
        severity = event.severity.syslogSeverity
        at = event.at
        program = "poold"
        kind = "event"
        labels = [("kind", event.kind.rawValue)]
        if let pool = event.pool ?? event.worker?.pool { labels.append(("pool", pool)) }
        if let worker = event.worker { labels.append(("worker", worker.description)) }
        if let operation = event.operation { labels.append(("operation", operation.description)) }
        if let actor = event.actor { labels.append(("actor", actor)) }
        labels.append(("sequence", "\(event.sequence)"))
        let message = event.worker.map { "\($0): \(event.message)" } ?? event.message
        text = Array(message.utf8.prefix(ShippedRecord.bytesMax))
    }

    static func == (left: ShippedRecord, right: ShippedRecord) -> Bool {
        left.severity == right.severity && left.at == right.at && left.program == right.program
            && left.kind == right.kind && left.text == right.text
            && left.labels.elementsEqual(right.labels) { $0 == $1 }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(at)
    }

    // MARK: Forms

    /// A journal entry in the native protocol. Values may hold any byte: those with a line feed go with their length.
    var journalEntry: [UInt8] {
        var entry: [UInt8] = []
        func add(_ name: String, _ value: some Collection<UInt8>) {
            entry += name.utf8
            if value.contains(0x0A) {
                entry.append(0x0A)
                withUnsafeBytes(of: UInt64(value.count).littleEndian) { entry += $0 }
            } else {
                entry.append(UInt8(ascii: "="))
            }
            entry += value
            entry.append(0x0A)
        }
        add("MESSAGE", text)
        add("PRIORITY", "\(severity)".utf8)
        add("SYSLOG_IDENTIFIER", program.utf8)
        add("POOL_TIME", "\(at)".utf8)
        add("POOL_STREAM", kind.utf8)
        for label in labels { add("POOL_\(label.name.uppercased())", label.value.utf8) }
        return entry
    }

    /// An RFC 5424 message. Control bytes of the text become question marks: a line cannot pretend to be another.
    ///
    /// - Parameter host: without spaces.
    func syslogMessage(host: String) -> [UInt8] {
        // Facility 3, system daemons.
        var head = "<\(3 * 8 + severity)>1 \(at) \(host) \(program) - \(kind) [\(ShippedRecord.elementID)"
        for label in labels {
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                "]",
                with: "\\]"
            )
            head += " \(label.name)=\"\(value)\""
        }
        return Array((head + "] ").utf8) + text.map { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
    }

    /// The name of the structured data. It needs the number of an enterprise; this one is nobody's (RFC 5612).
    private static let elementID = "pool@32473"
}

extension PoolEvent.Severity {
    /// RFC 5424's severity.
    var syslogSeverity: Int {
        switch self {
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        }
    }
}

extension LogLevel {
    fileprivate var syslogSeverity: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
