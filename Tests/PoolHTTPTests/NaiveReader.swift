/// A second, careless reader of HTTP/1.1, written apart from the product's: it takes what many servers take.
///
/// It ends lines at LF, trims all white space, takes the last of repeated lengths, finds `chunked` anywhere, reads a chunk's size
/// as C's `strtol` does and skips whatever follows. Where it and the strict parser agree on every message of a
/// connection, there is nothing on it that two parsers could read two ways.
struct NaiveReader {
    struct Message: Equatable {
        var startLine: String
        var fields: [String]
        var body: [UInt8]
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All messages, or nil where the bytes end within one.
    mutating func messages() -> [Message]? {
        var result: [Message] = []
        while position < bytes.count {
            guard let message = message() else { return nil }
            result.append(message)
        }
        return result
    }

    private mutating func message() -> Message? {
        guard var line = self.line() else { return nil }
        while line.isEmpty {
            guard let next = self.line() else { return nil }
            line = next
        }
        var message = Message(startLine: NaiveReader.text(line), fields: [], body: [])
        var length = 0
        var isChunked = false
        while true {
            guard let line = self.line() else { return nil }
            if line.isEmpty { break }
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            let name = NaiveReader.text(NaiveReader.trimmed(parts[0])).lowercased()
            let value = parts.count == 2 ? NaiveReader.text(NaiveReader.trimmed(parts[1])) : ""
            message.fields.append("\(name): \(value)")
            switch name.replacing("_", with: "-") {
            case "content-length": length = Int(value.prefix { $0.isNumber }) ?? 0
            case "transfer-encoding": isChunked = value.lowercased().contains("chunked")
            default: break
            }
        }
        guard let body = isChunked ? chunks() : take(length) else { return nil }
        message.body = body
        return message
    }

    private mutating func chunks() -> [UInt8]? {
        var body: [UInt8] = []
        while true {
            guard let line = line() else { return nil }
            let digits = line.drop { $0 == 32 || $0 == 9 }.prefix(while: NaiveReader.isHexDigit)
            let size = Int(NaiveReader.text(Array(digits)), radix: 16) ?? 0
            if size == 0 { break }
            guard let chunk = take(size) else { return nil }
            body += chunk
            guard self.line() != nil else { return nil }
        }
        while let line = line() {
            if line.isEmpty { return body }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, bytes.count - position >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// Up to LF, trimmed.
    private mutating func line() -> [UInt8]? {
        guard let end = bytes[position...].firstIndex(of: 10) else { return nil }
        defer { position = end + 1 }
        return NaiveReader.trimmed(bytes[position..<end])
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let isSpace: (UInt8) -> Bool = { $0 <= 32 }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return Array(rest)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte >= 48 && byte <= 57 || byte | 32 >= 97 && byte | 32 <= 102
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
