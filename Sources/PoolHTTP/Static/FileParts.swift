/// What a Range field asks for (RFC 9110, 14.2).
package enum FileParts: Hashable, Sendable {
    /// All of it: there is no range, or none that is understood, or so many that the file is the smaller answer.
    case whole
    /// One or several, each within the file.
    case some([Range<UInt64>])
    /// None of them is within the file: 416.
    case unsatisfiable

    /// The most ranges that are answered. Beyond: the whole file is sent.
    package static let partsMax = 16

    /// - Parameter text: the field's value.
    package init(_ text: UnsafeBufferPointer<UInt8>, size: UInt64) {
        let unit = Array("bytes=".utf8)
        guard text.count > unit.count, zip(text, unit).allSatisfy({ lowercased($0) == $1 }) else {
            self = .whole
            return
        }
        var parts: [Range<UInt64>] = []
        var total: UInt64 = 0
        var count = 0
        for piece in text.dropFirst(unit.count).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let trimmed = piece.filter { !ASCII.isBlank($0) }
            if trimmed.isEmpty { continue }
            count += 1
            guard count <= FileParts.partsMax, let dash = trimmed.firstIndex(of: UInt8(ascii: "-")) else {
                self = .whole
                return
            }
            let (first, last) = (trimmed[..<dash], trimmed[(dash + 1)...])
            guard let range = FileParts.range(first, last, size) else {
                self = .whole
                return
            }
            if range.isEmpty { continue }
            parts.append(range)
            total += range.upperBound - range.lowerBound
        }
        // More than the file itself is not an answer but an amplifier.
        if count == 0 || total > size { self = .whole } else { self = parts.isEmpty ? .unsatisfiable : .some(parts) }
    }

    /// The range within the file, empty where it lies behind its end; nil where it is none.
    private static func range(
        _ first: ArraySlice<UInt8>,
        _ last: ArraySlice<UInt8>,
        _ size: UInt64
    ) -> Range<UInt64>? {
        if first.isEmpty {
            guard let suffix = number(last) else { return nil }
            return size - min(suffix, size)..<size
        }
        guard let start = number(first) else { return nil }
        if last.isEmpty { return min(start, size)..<size }
        guard let end = number(last), end >= start else { return nil }
        return min(start, size)..<max(min(start, size), min(end, size - min(1, size)) + min(1, size))
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard ASCII.isDigit(digit) else { return nil }
            value = value * 10 + UInt64(digit - ASCII.zero)
        }
        return value
    }
}
