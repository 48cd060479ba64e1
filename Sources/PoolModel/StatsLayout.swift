/// The layout of the shared-memory segment in which proxy loops count and the manager reads.
///
/// One *lane* per loop, so that every counter has one writer: relaxed stores, no lock, no shared cache line between
/// loops. A reader sums over the lanes. Counters only grow, over every replacement of the proxy; gauges are zeroed by
/// the loop that takes a lane over. All fields are native-endian `UInt64`.
///
/// ```
/// header   64 B          magic, version, lanes, slots, laneStride, slotStride, 0, 0
/// lane 0   laneStride    lane counters (one slot's worth), then one block per slot
/// lane 1   …
/// block    slotStride    StatsCounter.allCases, padding to 64, then the latency histogram's buckets
/// ```
package enum StatsLayout {
    package static let magic: UInt64 = 0x504f_4f4c_5354_4154  // "POOLSTAT"
    /// One more whenever a counter gets another place or another meaning, or the sizes change: a reader of another
    /// version would take one figure for another. New counters at the end of theirs, within ``countersMax``, need none.
    package static let version: UInt64 = 2
    package static let headerBytes = 64
    /// Counters and gauges of a block, padded: room to grow without a new version.
    package static let countersMax = 64
    /// Latency buckets of a block: see ``LatencyBuckets``.
    package static let slotStride = (countersMax + LatencyBuckets.count) * 8

    package static func laneStride(slots: Int) -> Int { slotStride * (slots + 1) }

    package static func byteCount(lanes: Int, slots: Int) -> Int { headerBytes + lanes * laneStride(slots: slots) }

    /// The offset of a worker's block; slot -1 is the lane's own block (what belongs to no worker).
    package static func offset(lane: Int, slot: Int, slots: Int) -> Int {
        headerBytes + lane * laneStride(slots: slots) + (slot + 1) * slotStride
    }
}

/// The counters and gauges of one block, in their order in memory.
package enum StatsCounter: Int, Hashable, Sendable, CaseIterable {
    /// Exchanges finished, probes not among them.
    case requests = 0
    case status1xx, status2xx, status3xx, status4xx, status5xx
    /// Exchanges that ended in an error of the connection to the worker.
    case errors
    case connectFailures
    case timeouts
    /// Requests sent again to another worker.
    case retries
    /// Requests sent again on a fresh connection because the reused one was dead.
    case replayed
    /// Connections closed before use because the worker was about to close them.
    case raceAvoided
    case bytesIn, bytesOut
    /// Connections opened to the worker.
    case connects
    case probes
    /// Clients that went away before their answer was whole.
    case clientAborts
    /// Refused before a worker was chosen: malformed, too large, too slow (lane block only).
    case refused
    /// Client connections accepted (lane block only).
    case accepted
    /// 503 because nobody was routable or the queue was full (lane block only).
    case unavailable
    /// Access-log lines dropped because the disk or the buffer could not take them (lane block only).
    case logDropped
    /// Sum of latencies in microseconds.
    case latencyMicroseconds
    /// Times that traffic put the worker out of the rotation.
    case ejections
    /// Times that it was used though traffic shows that it is bad, because there was nothing better: panic mode.
    case panics
    /// Requests refused and connections cut because the memory for buffers was used up (lane block only).
    case noMemory
    /// TLS handshakes done; those of them that resumed a session; those that failed (lane block only).
    case handshakes, handshakesResumed, handshakesFailed
    /// HTTP/2: connections, their streams, streams that clients reset, connections ended because of a flood (lane block
    /// only).
    case http2Connections, streams, streamResets, http2Floods
    /// Those ended because of a flood, by what there was too much of (lane block only).
    case floodSettings, floodPings, floodResets, floodPriorities, floodContinuations, floodEmptyFrames
    case floodWindowUpdates, floodFields, floodUnknown

    // Gauges: zeroed when a lane is taken over.
    /// Exchanges under way at the worker.
    case inFlight = 48
    /// Tunnels (WebSocket) under way at the worker.
    case tunnels
    /// Idle connections to the worker.
    case idleConnections
    /// Client connections (lane block only).
    case clientConnections
    /// Requests waiting for a worker (lane block only).
    case queued
    /// The routing table in use (lane block only).
    case routesVersion
    /// The proxy process that owns the lane, 0 for none (lane block only).
    case ownerPID
    /// Bytes lent to connections and requests (lane block only).
    case bufferBytes
    /// How many may be (lane block only).
    case bufferBytesMax

    /// The floods by the names that statistics and metrics have for them.
    package static let floods: [(kind: String, counter: StatsCounter)] = [
        ("settings", .floodSettings), ("pings", .floodPings), ("resets", .floodResets),
        ("priorities", .floodPriorities), ("continuations", .floodContinuations), ("empty-frames", .floodEmptyFrames),
        ("window-updates", .floodWindowUpdates), ("fields", .floodFields), ("unknown-frames", .floodUnknown),
    ]

    package var isGauge: Bool { rawValue >= StatsCounter.inFlight.rawValue }
}

/// Log-linear buckets of latencies in microseconds: 16 to each power of two, so a value is known to 6 %; from 0 to
/// about 36 minutes, beyond which all share the last bucket.
package enum LatencyBuckets {
    package static let perOctave = 16
    package static let count = 448

    /// The bucket of a latency.
    @inlinable
    package static func index(microseconds value: UInt64) -> Int {
        if value < 16 { return Int(value) }
        let exponent = 63 &- value.leadingZeroBitCount
        let index = (exponent &- 3) &* 16 &+ Int(truncatingIfNeeded: (value >> UInt64(exponent &- 4)) & 15)
        return index < count ? index : count &- 1
    }

    /// The least latency of a bucket, in microseconds.
    package static func lowerBound(_ index: Int) -> UInt64 {
        if index < 16 { return UInt64(index) }
        let exponent = index / 16 + 3
        return (16 + UInt64(index % 16)) << UInt64(exponent - 4)
    }

    /// The latency below which a share of the counted values lies, in microseconds; nil where nothing was counted.
    package static func quantile(_ share: Double, of counts: [UInt64]) -> Double? {
        let total = counts.reduce(0, &+)
        guard total > 0 else { return nil }
        let wanted = max(1, (Double(total) * share).rounded(.up))
        var seen = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            if seen + Double(count) >= wanted {
                let low = Double(lowerBound(index))
                let high = index + 1 < LatencyBuckets.count ? Double(lowerBound(index + 1)) : low
                return low + (high - low) * (wanted - seen) / Double(count)
            }
            seen += Double(count)
        }
        return nil
    }
}
