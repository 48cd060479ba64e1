/// Numbers of JSON from their digits.
enum JSONNumber {
    static func isPart(_ byte: UInt8) -> Bool {
        (byte >= 48 && byte <= 57) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
    }

    /// A whole number without fraction or exponent; nil for anything else, and where it does not fit.
    static func integer<Value: FixedWidthInteger>(_ digits: some RandomAccessCollection<UInt8>) -> Value? {
        var rest = digits[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        guard !rest.isEmpty, rest.count == 1 || rest.first != UInt8(ascii: "0") else { return nil }
        var value: Value = 0
        for digit in rest {
            guard digit >= 48, digit <= 57 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? product.subtractingReportingOverflow(Value(digit - 48))
                : product.addingReportingOverflow(Value(digit - 48))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// A number as the nearest double; nil where it is none.
    ///
    /// A mantissa below 2^53 and a power of ten up to 22 are both exact, so one division or multiplication rounds right;
    /// the rest is left to the standard library.
    static func double(_ digits: some RandomAccessCollection<UInt8>) -> Double? {
        var rest = digits[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        guard let first = rest.first, first >= 48, first <= 57 else { return nil }
        var mantissa: UInt64 = 0
        var decimals = 0
        var hasPoint = false
        for byte in rest {
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else if byte >= 48, byte <= 57, mantissa < 900_000_000_000_000 {
                mantissa = mantissa * 10 + UInt64(byte - 48)
                if hasPoint { decimals += 1 }
            } else {
                return Double(String(decoding: digits, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
            }
        }
        guard !hasPoint || decimals > 0 else { return nil }
        let value = Double(mantissa) / powers[decimals]
        return isNegative ? -value : value
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
}
