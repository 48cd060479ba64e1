/// The sequences that begin with ESC [ and ESC O, by their meaning (ECMA-48, xterm's ctlseqs).
enum EscapeSequence {
    /// ESC [ parameters final, or a mouse report; nil where it is not complete.
    static func control(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> (Key, Int)? {
        let start = bytes.startIndex + 2
        guard start < bytes.endIndex else { return isFinal ? (.alt("["), 2) : nil }
        if bytes[start] == UInt8(ascii: "M") { return oldMouse(bytes, isFinal: isFinal) }
        if bytes[start] == UInt8(ascii: "[") {
            guard bytes.count > 3 else { return isFinal ? (.unknown, bytes.count) : nil }
            return (linuxFunction(bytes[start + 1]), 4)
        }
        var index = start
        while index < bytes.endIndex, bytes[index] >= 0x20, bytes[index] < 0x40 { index += 1 }
        guard index < bytes.endIndex else {
            return isFinal || index - start > 64 ? (.unknown, bytes.count) : nil
        }
        let length = index - bytes.startIndex + 1
        // A byte that cannot end a sequence: it begins something else, the sequence was cut off.
        guard bytes[index] >= 0x40, bytes[index] < 0x7F else { return (.unknown, length - 1) }
        return (key(final: bytes[index], parameters: bytes[start..<index]), length)
    }

    /// ESC O x: the arrows in application mode, F1 to F4, the keypad.
    static func applicationKey(_ byte: UInt8) -> Key {
        switch byte {
        case UInt8(ascii: "P"): .function(1)
        case UInt8(ascii: "Q"): .function(2)
        case UInt8(ascii: "R"): .function(3)
        case UInt8(ascii: "S"): .function(4)
        case UInt8(ascii: "M"): .enter
        default: letter(byte)
        }
    }

    private static func letter(_ byte: UInt8) -> Key {
        switch byte {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        default: .unknown
        }
    }

    private static func linuxFunction(_ byte: UInt8) -> Key {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "E") ? .function(Int(byte) - 64) : .unknown
    }

    private static func key(final: UInt8, parameters: ArraySlice<UInt8>) -> Key {
        if parameters.first == UInt8(ascii: "<") {
            return sgrMouse(numbers(parameters.dropFirst()), isPress: final == UInt8(ascii: "M"))
        }
        let numbers = numbers(parameters)
        switch final {
        case UInt8(ascii: "~"): return tilde(numbers.first ?? 0)
        case UInt8(ascii: "Z"): return .backTab
        case UInt8(ascii: "P"): return .function(1)
        case UInt8(ascii: "Q"): return .function(2)
        case UInt8(ascii: "R"): return numbers.count == 2 && numbers[0] != 1 ? .unknown : .function(3)
        case UInt8(ascii: "S"): return .function(4)
        default: return letter(final)
        }
    }

    private static func tilde(_ number: Int) -> Key {
        switch number {
        case 1, 7: .home
        case 2: .insert
        case 3: .delete
        case 4, 8: .end
        case 5: .pageUp
        case 6: .pageDown
        case 11...15: .function(number - 10)
        case 17...21: .function(number - 11)
        case 23, 24: .function(number - 12)
        case 200: .paste("")
        default: .unknown
        }
    }

    /// Decimal numbers between semicolons; one that is missing or too large is 0.
    private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Int] {
        bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { digits in
            guard digits.count < 6 else { return 0 }
            var value = 0
            for digit in digits where digit >= 48 && digit <= 57 { value = value * 10 + Int(digit - 48) }
            return value
        }
    }

    private static func sgrMouse(_ numbers: [Int], isPress: Bool) -> Key {
        guard numbers.count == 3, isPress, numbers[1] > 0, numbers[2] > 0 else { return .unknown }
        return mouse(button: numbers[0], x: numbers[1] - 1, y: numbers[2] - 1)
    }

    private static func oldMouse(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> (Key, Int)? {
        guard bytes.count >= 6 else { return isFinal ? (.unknown, bytes.count) : nil }
        let start = bytes.startIndex + 3
        let (button, x, y) = (Int(bytes[start]), Int(bytes[start + 1]), Int(bytes[start + 2]))
        guard button >= 32, x > 32, y > 32 else { return (.unknown, 6) }
        return (mouse(button: button - 32, x: x - 33, y: y - 33), 6)
    }

    private static func mouse(button: Int, x: Int, y: Int) -> Key {
        let point = Point(x: x, y: y)
        return switch button & ~0x1C {
        case 0: button & 0x20 == 0 ? .click(point) : .unknown
        case 64: .wheel(lines: -3, point)
        case 65: .wheel(lines: 3, point)
        default: .unknown
        }
    }
}
