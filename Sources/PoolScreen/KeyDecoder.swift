/// Turns a terminal's bytes into keys: xterm's, VT100's, Linux's and rxvt's sequences, what terminfo says besides, UTF-8,
/// SGR and X10 mouse reports, bracketed paste. Holds what is not complete yet; at most ``pasteBytesMax`` of it.
package struct KeyDecoder: Sendable {
    /// Bytes of one paste, and of one unfinished sequence. Beyond: the rest of it is dropped.
    package static let pasteBytesMax = 4096

    private var pending: [UInt8] = []
    private var pasted: [UInt8]?
    /// Whole sequences that terminfo names for this terminal, sorted by nothing: there are a dozen.
    private let sequences: [[UInt8]: Key]

    package init(sequences: [[UInt8]: Key] = [:]) { self.sequences = sequences }

    /// Whether an ESC may still become a sequence: call ``flush()`` when nothing more came for some 25 ms.
    package var isWaiting: Bool { !pending.isEmpty && pasted == nil }

    /// Takes what was read and returns the keys in it.
    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending.append(contentsOf: bytes)
        return drain(isFinal: false)
    }

    /// No more bytes are coming for now: what waits is what it is (a lone ESC is the Escape key).
    package mutating func flush() -> [Key] { drain(isFinal: true) }

    private mutating func drain(isFinal: Bool) -> [Key] {
        var keys: [Key] = []
        var index = 0
        while index < pending.count {
            if pasted != nil {
                guard let next = takePaste(from: index, isFinal: false, into: &keys) else { break }
                index = next
                continue
            }
            guard let (key, length) = first(in: pending[index...], isFinal: isFinal) else { break }
            index += length
            if key == .paste("") { pasted = [] } else if key != .unknown { keys.append(key) }
        }
        pending.removeFirst(min(index, pending.count))
        if pending.count > KeyDecoder.pasteBytesMax { pending.removeAll() }
        return keys
    }

    /// Collects pasted bytes up to `ESC [ 201 ~`; nil where the end has not come.
    private mutating func takePaste(from start: Int, isFinal: Bool, into keys: inout [Key]) -> Int? {
        let ending: [UInt8] = [0x1B, 0x5B, 0x32, 0x30, 0x31, 0x7E]
        var index = start
        while index < pending.count {
            if pending[index] == 0x1B {
                let rest = pending[index...].prefix(ending.count)
                if rest.elementsEqual(ending) {
                    keys.append(.paste(String(decoding: pasted ?? [], as: UTF8.self)))
                    pasted = nil
                    return index + ending.count
                }
                if ending.starts(with: rest) { break }
            }
            if let count = pasted?.count, count < KeyDecoder.pasteBytesMax { pasted?.append(pending[index]) }
            index += 1
        }
        pending.removeFirst(index)
        return nil
    }

    /// The first key of some bytes and how many of them it took; nil where it is not complete.
    private func first(in bytes: ArraySlice<UInt8>, isFinal: Bool) -> (Key, Int)? {
        guard let byte = bytes.first else { return nil }
        if byte == 0x1B { return escaped(bytes, isFinal: isFinal) }
        if let key = KeyDecoder.control(byte) { return (key, 1) }
        if byte < 0x80 { return (.character(Unicode.Scalar(byte)), 1) }
        return scalar(bytes, isFinal: isFinal)
    }

    private static func control(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x0D, 0x0A: .enter
        case 0x09: .tab
        case 0x7F, 0x08: .backspace
        case 0x00: .control(" ")
        case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x1C...0x1F: .unknown
        default: nil
        }
    }

    private func scalar(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> (Key, Int)? {
        let lead = bytes[bytes.startIndex]
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
        guard length > 1, lead < 0xF5 else { return (.unknown, 1) }
        let rest = bytes.dropFirst().prefix(length - 1)
        guard rest.allSatisfy({ $0 & 0xC0 == 0x80 }) else { return (.unknown, 1) }
        guard rest.count == length - 1 else { return isFinal ? (.unknown, bytes.count) : nil }
        let text = String(decoding: bytes.prefix(length), as: UTF8.self)
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else { return (.unknown, length) }
        return (scalar == "\u{FFFD}" ? .unknown : .character(scalar), length)
    }

    /// What begins with ESC.
    private func escaped(_ bytes: ArraySlice<UInt8>, isFinal: Bool) -> (Key, Int)? {
        for (sequence, key) in sequences where bytes.starts(with: sequence) { return (key, sequence.count) }
        guard bytes.count > 1 else { return isFinal ? (.escape, 1) : nil }
        switch bytes[bytes.startIndex + 1] {
        case UInt8(ascii: "["):
            return EscapeSequence.control(bytes, isFinal: isFinal)
        case UInt8(ascii: "O"):
            guard bytes.count > 2 else { return isFinal ? (.alt("O"), 2) : nil }
            return (EscapeSequence.applicationKey(bytes[bytes.startIndex + 2]), 3)
        case 0x1B:
            return (.escape, 1)
        case let next where next >= 0x20 && next < 0x7F:
            return (.alt(Unicode.Scalar(next)), 2)
        default:
            return (.escape, 1)
        }
    }
}
