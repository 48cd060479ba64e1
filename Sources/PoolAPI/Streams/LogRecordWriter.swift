package import PoolModel

/// Log lines as JSON, written by hand: the same bytes as ``LogRecord``'s `Codable` gives, for a tenth of the time.
/// A hundred thousand lines in some seconds would else be most of what the manager does.
///
/// State: the texts of the line before, whose time, worker and stream are mostly the next one's too.
package struct LogRecordWriter {
    private var at: (value: Timestamp, text: [UInt8])?
    private var worker: (value: WorkerID, text: [UInt8])?

    package init() {}

    /// The line's JSON, its keys in alphabetical order.
    package mutating func json(_ line: LogLine) -> [UInt8] {
        var json: [UInt8] = []
        json.reserveCapacity(line.bytes.count + 160)
        if at?.value != line.at { at = (line.at, Array(line.at.description.utf8)) }
        if worker?.value != line.worker { worker = (line.worker, Array(line.worker.description.utf8)) }
        json += "{\"at\":\"".utf8
        json += at?.text ?? []
        json += line.isContinued ? "\",\"continued\":true,\"life\":".utf8 : "\",\"continued\":false,\"life\":".utf8
        json += String(line.life).utf8
        json += ",\"sequence\":".utf8
        json += String(line.sequence).utf8
        json += ",\"stream\":\"".utf8
        json += line.stream.rawValue.utf8
        json += "\",\"text\":\"".utf8
        LogRecordWriter.append(line.bytes, to: &json)
        json += "\",\"worker\":\"".utf8
        json += worker?.text ?? []
        json += "\"}".utf8
        return json
    }

    /// Appends the inside of a JSON string (RFC 8259, 7), in the form of Foundation's encoder.
    private static func append(_ text: [UInt8], to json: inout [UInt8]) {
        // Plain text is most of what there is.
        if text.allSatisfy({ $0 >= 0x20 && $0 < 0x80 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            json += text
            return
        }
        // What is no UTF-8 becomes U+FFFD.
        for byte in String(decoding: text, as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
            case 0x08: json += "\\b".utf8
            case 0x09: json += "\\t".utf8
            case 0x0A: json += "\\n".utf8
            case 0x0C: json += "\\f".utf8
            case 0x0D: json += "\\r".utf8
            case 0..<0x20: json += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: json.append(byte)
            }
        }
    }
}
