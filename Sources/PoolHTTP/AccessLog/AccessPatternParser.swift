/// Reads a pattern of `%` specifiers into items.
struct AccessPatternParser {
    private let bytes: [UInt8]
    private var position = 0
    private var literal: [UInt8] = []

    init(_ pattern: String) { bytes = Array(pattern.utf8) }

    mutating func items() throws(AccessFormat.Issue) -> [AccessItem] {
        var items: [AccessItem] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte != UInt8(ascii: "%") {
                literal.append(byte)
                position += 1
                continue
            }
            let start = position
            position += 1
            if take("%") {
                literal.append(byte)
                continue
            }
            guard let item = specifier() else { throw issue(start) }
            if !literal.isEmpty { items.append(AccessItem(kind: .literal, text: literal)) }
            literal = []
            items.append(item)
        }
        if !literal.isEmpty { items.append(AccessItem(kind: .literal, text: literal)) }
        return items
    }

    /// After the `%`: `x`, `{name}x`, or `(x)s`, `({name}x)s`.
    private mutating func specifier() -> AccessItem? {
        guard take("(") else { return item(isGunicorn: false) }
        guard let item = item(isGunicorn: true), take(")"), take("s") else { return nil }
        return item
    }

    private mutating func item(isGunicorn: Bool) -> AccessItem? {
        if take("{") {
            guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "}")), end > position else { return nil }
            let name = bytes[position..<end].map(lowercased)
            position = end + 1
            guard let letter = next() else { return nil }
            return named(name, letter)
        }
        guard let letter = next() else { return nil }
        if isGunicorn { return AccessPatternParser.gunicorn(letter) }
        if letter == UInt8(ascii: "T"), take("f") { return AccessItem(kind: .secondsExact) }
        return AccessPatternParser.aiohttp(letter)
    }

    private func named(_ name: [UInt8], _ letter: UInt8) -> AccessItem? {
        switch Character(Unicode.Scalar(letter)) {
        case "i": return AccessItem(kind: .requestField, text: name)
        case "o": return AccessItem(kind: .responseField, text: name)
        case "e": return AccessItem(kind: .dash)
        case "x": return AccessPatternParser.own[String(decoding: name, as: UTF8.self)].map { AccessItem(kind: $0) }
        default: return nil
        }
    }

    private static let own: [String: AccessItem.Kind] = [
        "pool": .pool, "worker": .worker, "attempts": .attempts, "queue": .queueTime, "connect": .connectTime,
        "first-byte": .firstByteTime, "total": .totalTime, "bytes-in": .bytesIn, "bytes-out": .bytesOut,
        "termination": .termination, "request-id": .requestID,
    ]

    private static func aiohttp(_ letter: UInt8) -> AccessItem? {
        switch Character(Unicode.Scalar(letter)) {
        case "a": AccessItem(kind: .peer)
        case "t": AccessItem(kind: .time)
        case "P": AccessItem(kind: .pid)
        case "r": AccessItem(kind: .requestLine)
        case "s": AccessItem(kind: .status)
        // aiohttp counts the head too, gunicorn does not.
        case "b": AccessItem(kind: .bytesOut)
        case "T": AccessItem(kind: .seconds)
        case "D": AccessItem(kind: .microseconds)
        default: nil
        }
    }

    private static func gunicorn(_ letter: UInt8) -> AccessItem? {
        switch Character(Unicode.Scalar(letter)) {
        case "h": AccessItem(kind: .peer)
        case "l": AccessItem(kind: .dash)
        case "u": AccessItem(kind: .user)
        case "t": AccessItem(kind: .time)
        case "r": AccessItem(kind: .requestLine)
        case "m": AccessItem(kind: .method)
        case "U": AccessItem(kind: .path)
        case "q": AccessItem(kind: .query)
        case "H": AccessItem(kind: .version)
        case "s": AccessItem(kind: .status)
        case "B": AccessItem(kind: .bodyBytes)
        case "b": AccessItem(kind: .bodyBytesOrDash)
        case "f": AccessItem(kind: .requestField, text: Array("referer".utf8))
        case "a": AccessItem(kind: .requestField, text: Array("user-agent".utf8))
        case "T": AccessItem(kind: .seconds)
        case "D": AccessItem(kind: .microseconds)
        case "M": AccessItem(kind: .milliseconds)
        case "L": AccessItem(kind: .secondsExact)
        case "p": AccessItem(kind: .pid)
        default: nil
        }
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    private func issue(_ start: Int) -> AccessFormat.Issue {
        let end = min(bytes.count, max(position, start + 2))
        return AccessFormat.Issue(offset: start, specifier: String(decoding: bytes[start..<end], as: UTF8.self))
    }
}
