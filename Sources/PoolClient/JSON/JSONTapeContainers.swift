internal import PoolModel

/// An object of a tape: a member is found by looking through its keys, which are few and short.
struct JSONTapeObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tape: JSONTape
    let index: Int

    var codingPath: [any CodingKey] { [] }

    var allKeys: [Key] {
        var keys: [Key] = []
        var place = index + 1
        for _ in 0..<tape.tokens[index].count {
            let text = try? JSONTapeDecoder(tape: tape, index: place).decode(String.self)
            if let key = text.flatMap({ Key(stringValue: $0) }) { keys.append(key) }
            place = Int(tape.tokens[place + 1].next)
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { place(of: key) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let decoder = try value(key)
        if type == [WorkerSnapshot].self, let workers = WorkerReader.workers(of: tape, at: decoder.index) as? Value {
            return workers
        }
        return try Value(from: decoder)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try value(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw JSONTapeDecoder.Mismatch() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw JSONTapeDecoder.Mismatch() }

    private func value(_ key: Key) throws -> JSONTapeDecoder {
        guard let place = place(of: key) else { throw JSONTapeDecoder.Mismatch() }
        return JSONTapeDecoder(tape: tape, index: place)
    }

    /// The token of a member's value. Keys of ours have no escapes; a key that has some is nobody's.
    private func place(of key: Key) -> Int? {
        var name = key.stringValue
        return name.withUTF8 { name in
            tape.bytes.withUnsafeBufferPointer { bytes in
                tape.tokens.withUnsafeBufferPointer { tokens in
                    var place = index + 1
                    for _ in 0..<tokens[index].count {
                        let token = tokens[place]
                        if Int(token.count) == name.count, isSame(bytes, Int(token.start), name) {
                            return token.kind == .string ? place + 1 : nil
                        }
                        place = Int(tokens[place + 1].next)
                    }
                    return nil
                }
            }
        }
    }

    /// Compares from the end: keys begin alike more often than they end alike.
    @inline(__always)
    private func isSame(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var offset = name.count - 1
        while offset >= 0 {
            if bytes[start + offset] != name[offset] { return false }
            offset -= 1
        }
        return true
    }
}

/// An array of a tape.
struct JSONTapeArray: UnkeyedDecodingContainer {
    private let tape: JSONTape
    private let total: Int
    private var place: Int
    private(set) var currentIndex = 0

    init(tape: JSONTape, index: Int) {
        self.tape = tape
        total = Int(tape.tokens[index].count)
        place = index + 1
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { total }
    var isAtEnd: Bool { currentIndex == total }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw JSONTapeDecoder.Mismatch() }
        guard tape.tokens[place].kind == .null else { return false }
        _ = try next()
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: try next()) }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { throw JSONTapeDecoder.Mismatch() }

    private mutating func next() throws -> JSONTapeDecoder {
        guard !isAtEnd else { throw JSONTapeDecoder.Mismatch() }
        let decoder = JSONTapeDecoder(tape: tape, index: place)
        place = Int(tape.tokens[place].next)
        currentIndex += 1
        return decoder
    }
}
