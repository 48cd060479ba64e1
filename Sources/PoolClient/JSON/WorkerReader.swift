internal import PoolModel

/// The workers of a state record, read from a tape without `Codable`, whose containers took more than half of the
/// dashboard's time where a thousand workers change each second.
///
/// It knows the keys of today's daemon. Whatever is not as it expects gives nil for the whole list, which `Codable` then
/// reads: it alone judges what is an error.
///
/// State: what was read last of texts that many workers share; used by one call.
final class WorkerReader {
    let tape: JSONTape
    /// Both valid within ``workers(of:at:)``, which alone makes a reader. Every reading is within a token, or follows a
    /// comparison with the count.
    let bytes: UnsafeBufferPointer<UInt8>
    private let tokens: UnsafeBufferPointer<JSONTape.Token>
    private var pool = ""
    private var date: (text: UInt64, rest: UInt16, midnight: Int64) = (0, 0, 0)

    private init(_ tape: JSONTape, _ bytes: UnsafeBufferPointer<UInt8>, _ tokens: UnsafeBufferPointer<JSONTape.Token>) {
        self.tape = tape
        self.bytes = bytes
        self.tokens = tokens
    }

    /// The workers of the array at a place of the tape; nil where something is not as expected.
    static func workers(of tape: JSONTape, at index: Int) -> [WorkerSnapshot]? {
        tape.bytes.withUnsafeBufferPointer { bytes in
            tape.tokens.withUnsafeBufferPointer { tokens in WorkerReader(tape, bytes, tokens).workers(at: index) }
        }
    }

    private func workers(at index: Int) -> [WorkerSnapshot]? {
        guard tokens[index].kind == .array else { return nil }
        var workers: [WorkerSnapshot] = []
        workers.reserveCapacity(Int(tokens[index].count))
        var place = index + 1
        for _ in 0..<tokens[index].count {
            guard let worker = worker(at: place) else { return nil }
            workers.append(worker)
            place = Int(tokens[place].next)
        }
        return workers
    }

    // MARK: values

    /// Calls `take` with the number of each known key and the place of its value, null left out.
    ///
    /// - Parameter required: The keys, as bits, that must be there.
    /// - Returns: Whether it is an object, all that is required is there, and `take` took everything.
    @inline(__always)
    func members(_ index: Int, _ keys: JSONKeys, required: UInt64, _ take: (Int, Int) -> Bool) -> Bool {
        guard tokens[index].kind == .object else { return false }
        var seen: UInt64 = 0
        var hint = 0
        var place = index + 1
        for _ in 0..<tokens[index].count {
            let value = place + 1
            if let key = keys.index(of: raw(place), from: hint) {
                hint = key + 1
                if tokens[value].kind != .null {
                    guard take(key, value) else { return false }
                    seen |= 1 << UInt64(key)
                }
            }
            place = Int(tokens[value].next)
        }
        return seen & required == required
    }

    /// The bytes of a string or a number.
    @inline(__always)
    private func raw(_ place: Int) -> UnsafeBufferPointer<UInt8> {
        let token = tokens[place]
        return UnsafeBufferPointer(rebasing: bytes[Int(token.start)..<Int(token.start + token.count)])
    }

    /// The bytes of a string without escapes; nil for anything else.
    @inline(__always)
    private func plain(_ place: Int) -> UnsafeBufferPointer<UInt8>? {
        tokens[place].kind == .string ? raw(place) : nil
    }

    func text(_ place: Int, into value: inout String) -> Bool {
        if let plain = plain(place) {
            value = String(decoding: plain, as: UTF8.self)
            return true
        }
        guard let text = try? JSONTapeDecoder(tape: tape, index: place).decode(String.self) else { return false }
        value = text
        return true
    }

    func text(_ place: Int, into value: inout String?) -> Bool {
        var text = ""
        guard self.text(place, into: &text) else { return false }
        value = text
        return true
    }

    @inline(__always)
    func whole<Value: FixedWidthInteger>(_ place: Int, into value: inout Value) -> Bool {
        guard tokens[place].kind == .number, let number: Value = JSONNumber.integer(raw(place)) else { return false }
        value = number
        return true
    }

    @inline(__always)
    func real(_ place: Int, into value: inout Double) -> Bool {
        guard tokens[place].kind == .number, let number = JSONNumber.double(raw(place)) else { return false }
        value = number
        return true
    }

    @inline(__always)
    func real(_ place: Int, into value: inout Double?) -> Bool {
        var number = 0.0
        guard real(place, into: &number) else { return false }
        value = number
        return true
    }

    /// A word of an enumeration.
    @inline(__always)
    func word<Value>(_ place: Int, _ words: JSONKeys, _ values: [Value], into value: inout Value) -> Bool {
        guard let text = plain(place), let index = words.index(of: text) else { return false }
        value = values[index]
        return true
    }

    /// What is rare is left to its own `Codable`.
    func other<Value: Decodable>(_ place: Int, into value: inout Value?) -> Bool {
        value = try? Value(from: JSONTapeDecoder(tape: tape, index: place))
        return value != nil
    }

    // MARK: names and times

    /// `example_3`; the pool's name is the same for all.
    func id(_ place: Int) -> WorkerID? {
        guard let text = plain(place), let split = text.lastIndex(of: UInt8(ascii: "_")), split > 0,
            text.count - split <= 10, split + 1 < text.count
        else { return nil }
        var number = 0
        for byte in text[(split + 1)...] {
            guard byte >= 48, byte <= 57 else { return nil }
            number = 10 * number + Int(byte - 48)
        }
        let name = UnsafeBufferPointer(rebasing: text[..<split])
        if !pool.utf8.elementsEqual(name) { pool = String(decoding: name, as: UTF8.self) }
        return WorkerID(pool: pool, number: number)
    }

    func address(_ place: Int) -> Address? {
        var text = ""
        return self.text(place, into: &text) ? Address(text) : nil
    }

    func time(_ place: Int, into value: inout Timestamp?) -> Bool {
        value = time(place)
        return value != nil
    }

    /// `2026-11-22T07:41:05.120Z`. Most times of a record are of the same day.
    func time(_ place: Int) -> Timestamp? {
        guard let text = plain(place) else { return nil }
        guard text.count >= 20, text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"), text[text.count - 1] == UInt8(ascii: "Z"),
            let hours = number(text, 11, 2), hours < 24, let minutes = number(text, 14, 2), minutes < 60,
            let seconds = number(text, 17, 2), seconds < 60, let midnight = midnight(text)
        else { return slowTime(text) }
        var fraction: Int64 = 0
        if text.count > 20 {
            let digits = text.count - 21
            guard text[19] == UInt8(ascii: "."), digits >= 1, digits <= 6, let value = number(text, 20, digits) else {
                return slowTime(text)
            }
            fraction = value
            for _ in digits..<6 { fraction *= 10 }
        }
        return Timestamp(microseconds: midnight + (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + fraction)
    }

    private func slowTime(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        Timestamp(String(decoding: text, as: UTF8.self))
    }

    /// The beginning of the day that a time is in.
    private func midnight(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        let first = UnsafeRawBufferPointer(text).loadUnaligned(as: UInt64.self)
        let rest = UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: 8, as: UInt16.self)
        if first == date.text, rest == date.rest { return date.midnight }
        let day = String(decoding: text[..<10], as: UTF8.self)
        guard let moment = Timestamp(day + "T00:00:00Z") else { return nil }
        date = (first, rest, moment.microseconds)
        return moment.microseconds
    }

    @inline(__always)
    private func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for index in start..<start + count {
            guard text[index] >= 48, text[index] <= 57 else { return nil }
            value = 10 * value + Int64(text[index] - 48)
        }
        return value
    }
}
