/// The encoding of a record as a server-sent event (WHATWG HTML, 9.2).
package enum ServerSentEvents {
    /// ```
    /// id: 4711
    /// event: change
    /// data: {"…"}
    /// ```
    package static func encode(_ record: StreamRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.data.count + 48)
        if let sequence = record.sequence { bytes += "id: \(sequence)\n".utf8 }
        bytes += "event: \(record.kind.rawValue)\n".utf8
        // A line end in the data would end the field: each line of it becomes a field of its own.
        var rest = record.data[...]
        while true {
            let end = rest.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? rest.endIndex
            bytes += "data: ".utf8
            bytes += rest[..<end]
            bytes.append(UInt8(ascii: "\n"))
            guard end < rest.endIndex else { break }
            let isPair =
                rest[end] == UInt8(ascii: "\r") && end + 1 < rest.endIndex && rest[end + 1] == UInt8(ascii: "\n")
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
