package import PoolModel

/// One record of a stream: what server-sent events and NDJSON carry.
package struct StreamRecord: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The whole, of which the following changes are about; also after a gap in a stream of state.
        case snapshot
        /// One thing more: an event, a log line, a change of state.
        case change
        /// Records were left out because the reader was too slow, or are no longer kept.
        case gap
        /// Nothing has happened; the connection is alive.
        case heartbeat
    }

    package var kind: Kind
    /// What `Last-Event-ID` names when the stream is taken up again; nil for a heartbeat.
    package var sequence: UInt64?
    /// The message as JSON, without line ends.
    package var data: [UInt8]

    package init(_ kind: Kind, sequence: UInt64?, data: [UInt8]) {
        self.kind = kind
        self.sequence = sequence
        self.data = data
    }

    /// Throws where the value has a number that is not finite.
    package init(_ kind: Kind, sequence: UInt64?, _ value: some Encodable) throws {
        self.init(kind, sequence: sequence, data: try JSONCoding.encode(value))
    }

    package static func gap(_ gap: StreamGap, sequence: UInt64?) -> StreamRecord {
        let reset = gap.reset ? ",\"reset\":true" : ""
        return StreamRecord(.gap, sequence: sequence, data: Array("{\"missed\":\(gap.missed)\(reset)}".utf8))
    }

    package static func heartbeat(at time: Timestamp) -> StreamRecord {
        StreamRecord(.heartbeat, sequence: nil, data: Array("{\"at\":\"\(time)\"}".utf8))
    }

    /// Reads the message that the record carries.
    package func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(PoolError) -> Value {
        try JSONCoding.decode(type, from: data)
    }

    /// Bytes of one record: the state of 4,096 workers with room to spare. Beyond: the stream is given up.
    package static let bytesMax = 32 << 20
    /// No number is higher: what every JSON reader holds exactly, and 285 years of microseconds.
    package static let sequenceMax: Int64 = (1 << 53) - 1
    /// A stream that has nothing to say says so this often; a client that hears nothing for three times as long
    /// takes the connection for dead.
    package static let heartbeatInterval = Duration.seconds(5)
}

/// How many records a reader missed.
package struct StreamGap: Hashable, Sendable, Codable {
    package var missed: UInt64
    /// The number that the reader came with is not one that this daemon has given: what follows begins anew.
    package var reset = false

    package init(missed: UInt64, reset: Bool = false) {
        self.missed = missed
        self.reset = reset
    }

    private enum CodingKeys: String, CodingKey { case missed, reset }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        missed = try container.decode(UInt64.self, forKey: .missed)
        reset = try container.decodeIfPresent(Bool.self, forKey: .reset) ?? false
    }
}

/// What a heartbeat carries.
package struct StreamHeartbeat: Hashable, Sendable, Codable {
    package var at: Timestamp

    package init(at: Timestamp) { self.at = at }
}
