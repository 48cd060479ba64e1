/// The encoding of a record as one line of JSON: `{"record":"change","sequence":4711,"data":{…}}`.
package enum NDJSON {
    package static func encode(_ record: StreamRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.data.count + 64)
        bytes += "{\"record\":\"\(record.kind.rawValue)\",".utf8
        if let sequence = record.sequence { bytes += "\"sequence\":\(sequence),".utf8 }
        bytes += "\"data\":".utf8
        // Between the tokens of JSON a line end is white space, and inside of strings it does not occur.
        bytes += record.data.lazy.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
        bytes += "}\n".utf8
        return bytes
    }
}

/// One line of NDJSON, read with the type that its data has.
package struct NDJSONRecord<Value: Decodable & Sendable>: Decodable, Sendable {
    package var record: StreamRecord.Kind
    package var sequence: UInt64?
    package var data: Value
}
