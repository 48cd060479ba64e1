/// What the fields of a head say about the message's framing and connection: the part that requests and responses share.
package struct HeadFacts: Hashable, Sendable {
    /// The kinds of field that are there.
    package var kinds = FieldKinds(rawValue: 0)
    /// The Content-Length, or -1 without one. At most 10^18 - 1.
    package var contentLength = -1
    /// Whether the body is in chunks; never together with a length.
    package var isChunked = false
    /// What the Connection field holds.
    package var options = ConnectionOptions()
    /// The value of the last field of the kinds that are looked up by the proxy; empty where there is none.
    package var host = ByteRange.none
    package var upgrade = ByteRange.none
    package var keepAlive = ByteRange.none
    /// Entries in the parser's field table.
    package var fieldsCount = 0
    /// Where the empty line begins: the end of the last field line.
    package var fieldsEnd = 0

    package init() {}
}

/// The options of a Connection field that have a meaning of their own.
package struct ConnectionOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let close = ConnectionOptions(rawValue: 1)
    package static let keepAlive = ConnectionOptions(rawValue: 2)
    package static let upgrade = ConnectionOptions(rawValue: 4)
    package static let te = ConnectionOptions(rawValue: 8)
    /// Some other field is named: it goes no further than this connection.
    package static let others = ConnectionOptions(rawValue: 16)
}
