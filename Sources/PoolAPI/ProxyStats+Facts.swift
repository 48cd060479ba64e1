package import PoolModel

/// What the proxies count for all pools, in words.
package struct ProxyFact: Hashable {
    package var name: String
    package var text: String
    /// Somebody should look at it.
    package var isNotable: Bool
}

extension ProxyStats {
    /// - Parameter bytes: how a number of bytes is shown.
    package func facts(bytes: (UInt64) -> String) -> [ProxyFact] {
        let floods = http2Floods.reduce(0) { $0 + $1.count }
        let buffers = "\(bytes(bufferBytes)) of \(bytes(bufferBytesMax)), \(noMemory) refused for want of memory"
        let sessions = "\(handshakesResumed) resumed, \(handshakesFailed) failed"
        let streams = "\(http2Streams) streams, \(http2StreamResets) reset by clients, \(floods) floods ended"
        let facts: [(String, String, Bool)] = [
            ("clients", "\(connections) connected, \(accepted) since the start", false),
            ("TLS", "\(handshakes) handshakes, \(sessions)", false),
            ("HTTP/2", "\(http2Connections) connections, \(streams)", floods > 0),
            ("waiting", "\(queued) requests wait for a worker", queued > 0),
            ("refused", "\(refused) malformed, too large or too slow", refused > 0),
            ("no worker", "\(unavailable) answered 503", unavailable > 0),
            ("buffers", buffers, noMemory > 0),
            ("log lines", "\(logDropped) that the disk did not take", logDropped > 0),
        ]
        return facts.map { ProxyFact(name: $0.0, text: $0.1, isNotable: $0.2) }
    }
}
