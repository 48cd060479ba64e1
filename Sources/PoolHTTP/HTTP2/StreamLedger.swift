/// Which streams a client may still send on, by the headers of its frames alone (RFC 9113, 5.1 and 5.1.1).
///
/// nghttp2 forgets a stream that has ended, and passes over what comes for it later, whoever ended it. A client that goes
/// on behind its own END_STREAM or RST_STREAM has lost count, and what it means cannot be known. What comes for a stream
/// that the server reset may have been on its way, and is no fault.
package struct StreamLedger {
    package enum Fault: Equatable {
        /// STREAM_CLOSED: the client has ended the stream.
        case closed
        /// PROTOCOL_ERROR: the client passed the number over when it opened a later stream.
        case passedOver
    }

    /// Streams reset by the server whose client may not know yet, at least; of more, the oldest are taken to be closed by
    /// both.
    package static let droppedMin = 128
    /// Gaps in the numbers that are told from streams that have ended; of more, the oldest are not.
    package static let gapsMax = 16

    private var last: UInt32 = 0
    /// Opened by the client, and not ended by it; ascending. The server's limit on streams bounds them.
    private var open: [UInt32] = []
    /// Those of them that the server has reset; the oldest first.
    private var dropped: [UInt32] = []
    private var gaps: [ClosedRange<UInt32>] = []

    private let droppedMax: Int

    /// - Parameter streamsMax: how many streams the client may have open at once. All of them may be reset by the server
    ///   within one round trip.
    package init(streamsMax: Int = 0) { droppedMax = max(StreamLedger.droppedMin, streamsMax) }

    /// HEADERS: a request, or its trailers. Numbers that no client may use are the library's to refuse.
    package mutating func headers(_ id: UInt32, isLast: Bool) -> Fault? {
        guard id & 1 == 1 else { return nil }
        guard id > last else {
            if let fault = data(id, isLast: isLast) {
                return gaps.contains { $0.contains(id) } ? .passedOver : fault
            }
            return nil
        }
        if id > last + 2 || last == 0 && id > 1 {
            if gaps.count == StreamLedger.gapsMax { gaps.removeFirst() }
            gaps.append(last + 1...id - 1)
        }
        last = id
        if !isLast { open.append(id) }
        return nil
    }

    /// DATA; of an idle stream it is the library's to refuse.
    package mutating func data(_ id: UInt32, isLast: Bool) -> Fault? {
        guard id & 1 == 1, id <= last else { return nil }
        if let place = place(of: id) {
            if isLast { open.remove(at: place) }
            return nil
        }
        guard let place = dropped.firstIndex(of: id) else { return .closed }
        if isLast { dropped.remove(at: place) }
        return nil
    }

    /// The client's RST_STREAM.
    package mutating func reset(_ id: UInt32) {
        if let place = place(of: id) {
            open.remove(at: place)
        } else if let place = dropped.firstIndex(of: id) {
            dropped.remove(at: place)
        }
    }

    /// The server's RST_STREAM.
    package mutating func drop(_ id: UInt32) {
        guard let place = place(of: id) else { return }
        open.remove(at: place)
        if dropped.count == droppedMax { dropped.removeFirst() }
        dropped.append(id)
    }

    private func place(of id: UInt32) -> Int? {
        var low = 0
        var high = open.count
        while low < high {
            let middle = (low + high) / 2
            if open[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < open.count && open[low] == id ? low : nil
    }
}
