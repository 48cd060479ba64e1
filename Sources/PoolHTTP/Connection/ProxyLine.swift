internal import Glibc

/// Version 1 of the PROXY protocol: one line of text, `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n`.
enum ProxyLine {
    /// The longest line, its end included, as the protocol says.
    static let bytesMax = 107

    static func read(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> ProxyProtocol.Reading {
        let start: StaticString = "PROXY "
        for index in 0..<min(count, 6) where bytes[index] != start.utf8Start[index] { return .invalid }
        let limit = min(count, bytesMax)
        guard let found = memchr(bytes, 13, limit) else { return count >= bytesMax ? .invalid : .incomplete }
        let end = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
        guard end + 1 < bytesMax else { return .invalid }
        guard end + 1 < count else { return .incomplete }
        guard bytes[end + 1] == 10 else { return .invalid }
        var words = Words(bytes, from: 6, to: end)
        let family = words.next()
        if matches(bytes, family, "UNKNOWN") {
            // What follows has no meaning.
            return .header(count: end + 2, source: nil)
        }
        let isIPv4 = matches(bytes, family, "TCP4")
        guard isIPv4 || matches(bytes, family, "TCP6"), let source = address(bytes, words.next(), isIPv4: isIPv4),
            address(bytes, words.next(), isIPv4: isIPv4) != nil, let port = port(bytes, words.next()),
            self.port(bytes, words.next()) != nil, words.isAtEnd
        else { return .invalid }
        return .header(
            count: end + 2,
            source: ProxyProtocol.Endpoint(high: source.high, low: source.low, port: port)
        )
    }

    /// Words that are parted by one space each.
    private struct Words {
        private let bytes: UnsafePointer<UInt8>
        private var position: Int
        private let end: Int

        init(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) {
            self.bytes = bytes
            position = start
            self.end = end
        }

        /// Nothing is left, not even a space.
        var isAtEnd: Bool { position == end + 1 }

        /// Empty where there is none.
        mutating func next() -> Range<Int> {
            guard position < end else { return end..<end }
            let start = position
            while position < end && bytes[position] != ASCII.space { position += 1 }
            defer { position += 1 }
            return start..<position
        }
    }

    private static func matches(_ bytes: UnsafePointer<UInt8>, _ word: Range<Int>, _ text: StaticString) -> Bool {
        word.count == text.utf8CodeUnitCount && memcmp(bytes + word.lowerBound, text.utf8Start, word.count) == 0
    }

    private static func address(
        _ bytes: UnsafePointer<UInt8>,
        _ word: Range<Int>,
        isIPv4: Bool
    ) -> (high: UInt64, low: UInt64)? {
        guard !word.isEmpty, word.count < 46 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            for index in 0..<word.count { text[index] = CChar(bitPattern: bytes[word.lowerBound + index]) }
            text[word.count] = 0
            // A NUL would end the text for `inet_pton` before its end for us.
            guard let base = text.baseAddress, strlen(base) == word.count else { return nil }
            if isIPv4 {
                var four = in_addr()
                guard inet_pton(AF_INET, base, &four) == 1 else { return nil }
                return (0, 0xffff << 32 | UInt64(UInt32(bigEndian: four.s_addr)))
            }
            var six = in6_addr()
            guard inet_pton(AF_INET6, base, &six) == 1 else { return nil }
            return withUnsafeBytes(of: six) {
                (
                    UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        }
    }

    private static func port(_ bytes: UnsafePointer<UInt8>, _ word: Range<Int>) -> UInt16? {
        guard (1...5).contains(word.count), word.count == 1 || bytes[word.lowerBound] != UInt8(ascii: "0") else {
            return nil
        }
        var value = 0
        for index in word {
            guard ASCII.isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return UInt16(exactly: value)
    }

    // MARK: Writing

    static func write(
        _ source: ProxyProtocol.Endpoint?,
        _ destination: ProxyProtocol.Endpoint?,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        guard let source, let destination else {
            writer.append("PROXY UNKNOWN\r\n")
            return writer.count
        }
        let isIPv4 = source.isIPv4 && destination.isIPv4
        writer.append(isIPv4 ? "PROXY TCP4 " : "PROXY TCP6 ")
        for end in [source, destination] {
            append(end, isIPv4: isIPv4, to: &writer)
            writer.append(ASCII.space)
        }
        writer.append(decimal: UInt64(source.port))
        writer.append(ASCII.space)
        writer.append(decimal: UInt64(destination.port))
        writer.append("\r\n")
        return writer.count
    }

    private static func append(_ end: ProxyProtocol.Endpoint, isIPv4: Bool, to writer: inout ByteWriter) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            guard let base = text.baseAddress else { return }
            base[0] = 0
            if isIPv4 {
                var four = in_addr(s_addr: UInt32(truncatingIfNeeded: end.low).bigEndian)
                inet_ntop(AF_INET, &four, base, 46)
            } else {
                var six = in6_addr()
                withUnsafeMutableBytes(of: &six) {
                    $0.storeBytes(of: end.high.bigEndian, as: UInt64.self)
                    $0.storeBytes(of: end.low.bigEndian, toByteOffset: 8, as: UInt64.self)
                }
                inet_ntop(AF_INET6, &six, base, 46)
            }
            base.withMemoryRebound(to: UInt8.self, capacity: 46) { writer.append($0, strlen(base)) }
        }
    }
}
