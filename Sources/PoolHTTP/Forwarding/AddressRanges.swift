/// Address ranges in CIDR notation: whose forwarding headers are believed.
///
///     let trusted = try AddressRanges(["127.0.0.1", "10.0.0.0/8", "fd00::/8", "unix:"])
///     trusted.contains(IPAddress("10.1.2.3"))
///
/// Ask once for a connection, not for each request.
package struct AddressRanges: Hashable, Sendable {
    package struct Invalid: Error, Hashable, Sendable, CustomStringConvertible {
        package let text: String
        package var description: String {
            "\"\(text)\" is not an address range: write 10.0.0.0/8, fd00::/8, one address, or unix: for unix sockets"
        }
    }

    private struct Range: Hashable, Sendable {
        let network: IPAddress
        let bits: Int
    }

    private let ranges: [Range]
    /// Whether clients of unix sockets are in: `unix:`.
    package let hasUnix: Bool

    package init(_ texts: [String]) throws(Invalid) {
        var ranges: [Range] = []
        var hasUnix = false
        for text in texts {
            if text == "unix:" || text == "unix" {
                hasUnix = true
                continue
            }
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = IPAddress(String(parts[0])) else { throw Invalid(text: text) }
            // IPv4 lives in the last 32 bits of the mapped range ::ffff:0:0/96.
            let width = address.isIPv4 ? 32 : 128
            var bits = width
            if parts.count == 2 {
                guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(ASCII.isDigit), let given = Int(parts[1]),
                    given <= width
                else { throw Invalid(text: text) }
                bits = given
            }
            ranges.append(Range(network: address, bits: bits + 128 - width))
        }
        self.ranges = ranges
        self.hasUnix = hasUnix
    }

    package var isEmpty: Bool { ranges.isEmpty && !hasUnix }

    package func contains(_ address: IPAddress) -> Bool {
        ranges.contains { address.shares($0.bits, with: $0.network) }
    }
}

/// An IPv4 or IPv6 address as 128 bits; IPv4 in its mapped form, so that both compare alike.
package struct IPAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// From network byte order: 4 or 16 bytes; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4:
            high = 0
            low = bytes.reduce(0xffff) { $0 << 8 | UInt64($1) }
        case 16:
            high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
        default: return nil
        }
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets or a zone; nil for anything else.
    package init?(_ text: String) {
        guard let bytes = text.contains(":") ? IPAddress.version6(text) : IPAddress.version4(text[...]) else {
            return nil
        }
        self.init(bytes: bytes)
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// Whether the first bits are the same.
    func shares(_ bits: Int, with other: IPAddress) -> Bool {
        let (first, second) = (high ^ other.high, low ^ other.low)
        if bits <= 64 { return bits == 0 || first >> UInt64(64 - bits) == 0 }
        return first == 0 && second >> UInt64(128 - bits) == 0
    }

    private static func version4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // No leading zeros: some parsers read them as octal.
            guard !part.isEmpty, part.utf8.allSatisfy(ASCII.isDigit), part == "0" || !part.hasPrefix("0"),
                let value = UInt8(part)
            else { return nil }
            bytes.append(value)
        }
        return bytes
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count >= 3, pieces.count <= 9 else { return nil }
        var head: [UInt8] = []
        var tail: [UInt8] = []
        var hasGap = false
        for (index, piece) in pieces.enumerated() {
            if piece.isEmpty {
                // "::" gives one empty piece within the text, two at an end of it.
                let isEdge = index == 0 || index == pieces.count - 1
                if isEdge {
                    guard pieces[index == 0 ? 1 : index - 1].isEmpty else { return nil }
                    continue
                }
                guard !hasGap else { return nil }
                hasGap = true
                continue
            }
            guard let bytes = group(piece, isLast: index == pieces.count - 1) else { return nil }
            if hasGap { tail += bytes } else { head += bytes }
        }
        let count = head.count + tail.count
        guard hasGap ? count <= 14 : count == 16 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - count) + tail
    }

    private static func group(_ piece: Substring, isLast: Bool) -> [UInt8]? {
        if isLast && piece.contains(".") { return version4(piece) }
        guard piece.count <= 4, piece.utf8.allSatisfy({ ByteClass.table[Int($0)] & ByteClass.hexDigit != 0 }),
            let value = UInt16(piece, radix: 16)
        else { return nil }
        return [UInt8(value >> 8), UInt8(value & 255)]
    }
}
