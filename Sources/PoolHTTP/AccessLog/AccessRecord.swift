/// What is known of an exchange at its end, for its line in the access log. Plain values; the pointers are read at once.
package struct AccessRecord {
    /// The client's address as text; none is written as `-`.
    package var peer = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    package var pool = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The worker that answered, or was tried last; none is written as `-`.
    package var worker = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// Microseconds of the wall clock after the Unix epoch, when the request began.
    package var startedAt: Int64 = 0
    package var pid: Int32 = 0
    /// Of the answer that the client got; 0 (written as `-`) when it got none.
    package var status = 0
    /// Payload bytes of the answer's body as sent on.
    package var bodyBytes: UInt64 = 0
    /// All bytes from and to the client in this exchange.
    package var bytesIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    /// Workers that the request was sent to, repeats included.
    package var attempts = 0
    /// Nanoseconds; nil where the phase was not reached.
    package var queueTime: UInt64?
    package var connectTime: UInt64?
    /// From the request sent to the answer's first byte.
    package var firstByteTime: UInt64?
    /// From the request's first byte to the answer's last.
    package var totalTime: UInt64 = 0
    package var termination = Termination.normal

    package init() {}
}
