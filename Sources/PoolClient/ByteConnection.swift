/// A connection that carries an exchange's bytes and never blocks.
protocol ByteConnection: AnyObject {
    var number: Int32 { get }
    /// Sends what goes now; returns how many bytes that were.
    func send(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> Int
    /// Receives what is there into the buffer.
    func receive(into buffer: inout [UInt8]) throws(SessionError) -> Received
}

/// What a connection had to read.
enum Received {
    case bytes(Int)
    case nothingYet
    case end
}
