private import PoolAPI
package import PoolModel

/// The daemon's messages from their bytes, by the types' own `Codable`.
package enum StreamJSON {
    /// Throws a ``PoolError`` that names the place. What the fast way does not take is given to the slow one, which is the
    /// judge of what is an error.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self,
        from bytes: [UInt8]
    ) throws(PoolError) -> Value {
        if let value = quick(type, from: bytes) { return value }
        return try JSONCoding.decode(type, from: bytes)
    }

    /// The fast way alone: nil where it does not take the bytes.
    static func quick<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) -> Value? {
        guard let tape = try? JSONTape(bytes) else { return nil }
        return try? Value(from: JSONTapeDecoder(tape: tape, index: 0))
    }
}

/// One value of a tape as a `Decoder`. It keeps no coding path: errors are found again by the slow decoder.
struct JSONTapeDecoder: Decoder, SingleValueDecodingContainer {
    /// The value is not of this type, or not there.
    struct Mismatch: Error {}

    let tape: JSONTape
    let index: Int

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private var token: JSONTape.Token { tape.tokens[index] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard token.kind == .object else { throw Mismatch() }
        return KeyedDecodingContainer(JSONTapeObject<Key>(tape: tape, index: index))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard token.kind == .array else { throw Mismatch() }
        return JSONTapeArray(tape: tape, index: index)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { token.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch token.kind {
        case .yes: return true
        case .no: return false
        case .object, .array, .string, .escapedString, .number, .null: throw Mismatch()
        }
    }

    func decode(_ type: String.Type) throws -> String {
        let text = tape.bytes[Int(token.start)..<Int(token.start + token.count)]
        switch token.kind {
        case .string: return String(decoding: text, as: UTF8.self)
        case .escapedString:
            guard let text = JSONEscapes.decode(text) else { throw Mismatch() }
            return text
        case .object, .array, .number, .yes, .no, .null: throw Mismatch()
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard token.kind == .number, let value = JSONNumber.double(digits) else { throw Mismatch() }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    private var digits: ArraySlice<UInt8> { tape.bytes[Int(token.start)..<Int(token.start + token.count)] }

    private func integer<Value: FixedWidthInteger>() throws -> Value {
        guard token.kind == .number, let value: Value = JSONNumber.integer(digits) else { throw Mismatch() }
        return value
    }
}
