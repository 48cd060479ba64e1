extension TOMLParser {
    /// A boolean, number, date or time: everything without delimiters of its own.
    mutating func scalar() throws(TOMLSyntaxError) -> TOMLValue.Kind {
        let start = offset
        while let byte = peek, isScalarByte(byte) { offset += 1 }
        // A blank may stand between a date and a time.
        if offset - start == 10, peek == 32, let byte = peek(1), isDigit(byte), bytes[start + 4] == UInt8(ascii: "-") {
            offset += 1
            while let byte = peek, isScalarByte(byte) { offset += 1 }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard !text.isEmpty else { throw failure("expected a value\(foundHere)") }
        if let kind = kind(of: text) { return kind }
        offset = start
        let shown = text.utf8.count <= 40 ? quoted(text) : "this"
        throw failure("\(shown) is no value; put text in quotes")
    }

    private func isScalarByte(_ byte: UInt8) -> Bool {
        isBareKeyByte(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
    }

    private func kind(of text: String) -> TOMLValue.Kind? {
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let value = integer(text) { return .integer(value) }
        if let value = float(text) { return .float(value) }
        return TOMLDateTime.isValid(text) ? .dateTime(text) : nil
    }

    private func integer(_ text: String) -> Int64? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            guard let digits = withoutUnderscores(text.dropFirst(2), isDigit: isHexDigit),
                let first = digits.utf8.first,
                first != UInt8(ascii: "+"), first != UInt8(ascii: "-")
            else { return nil }
            return Int64(digits, radix: radix)
        }
        guard let digits = withoutUnderscores(text[...]), hasPlainInteger(digits) else { return nil }
        return Int64(digits)
    }

    private func float(_ text: String) -> Double? {
        guard let digits = withoutUnderscores(text[...]) else { return nil }
        let parts = digits.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard parts.count <= 2, let mantissa = parts.first else { return nil }
        let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count <= 2, let whole = halves.first, hasPlainInteger(whole) else { return nil }
        if halves.count == 2, !isDigits(halves[1]) { return nil }
        if parts.count == 2 {
            let exponent = parts[1].first.map { $0 == "+" || $0 == "-" } == true ? parts[1].dropFirst() : parts[1]
            guard isDigits(exponent) else { return nil }
        } else if halves.count == 1 {
            return nil
        }
        return Double(digits)
    }

    /// Decimal digits with an optional sign and no leading zero.
    private func hasPlainInteger(_ text: some StringProtocol) -> Bool {
        let digits = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text[...]
        return isDigits(digits) && (digits.utf8.count == 1 || !digits.hasPrefix("0"))
    }

    private func isDigits(_ text: some StringProtocol) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isDigit) }

    /// The text without the underscores between its digits; nil where one stands elsewhere.
    private func withoutUnderscores(
        _ text: Substring,
        isDigit: (UInt8) -> Bool = isDigit
    ) -> String? {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < bytes.count, isDigit(bytes[index - 1]), isDigit(bytes[index + 1]) else {
                return nil
            }
        }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 32) >= UInt8(ascii: "a") && (byte | 32) <= UInt8(ascii: "f")
    }
}

/// The dates and times of TOML: RFC 3339, with the date, the time or the offset left out.
enum TOMLDateTime {
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count > 10 else { return isDate(bytes[...]) || isTime(bytes[...]) }
        guard isDate(bytes[..<10]) else { return isTime(bytes[...]) }
        guard [UInt8(ascii: "T"), UInt8(ascii: "t"), 32].contains(bytes[10]) else { return false }
        let rest = bytes[11...]
        if rest.last == UInt8(ascii: "Z") || rest.last == UInt8(ascii: "z") { return isTime(rest.dropLast()) }
        if rest.count > 6, let sign = rest.dropLast(5).last, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            return isTime(rest.dropLast(6)) && isClock(rest.suffix(5), parts: [23, 59])
        }
        return isTime(rest)
    }

    private static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(bytes)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return day >= 1 && day <= days
    }

    /// `07:41:05` with an optional fraction; 60 is a leap second.
    private static func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard isClock(bytes.prefix(8), parts: [23, 59, 60]) else { return false }
        let fraction = bytes.dropFirst(8)
        return fraction.isEmpty
            || fraction.first == UInt8(ascii: ".") && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit)
    }

    private static func isClock(_ bytes: ArraySlice<UInt8>, parts: [Int]) -> Bool {
        let fields = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count == parts.count else { return false }
        return zip(fields, parts).allSatisfy { field, highest in
            field.count == 2 && (number(field).map { $0 <= highest } ?? false)
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
