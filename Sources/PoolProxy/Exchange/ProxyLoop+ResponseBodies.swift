internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Answers' bodies on their way to the clients.
extension ProxyLoop {
    @inline(__always)
    func readAnswer(_ upstream: UpstreamConnection, _ exchange: Exchange) {
        guard let count = receive(upstream, scratch, ProxyBounds.readBytes) else {
            if exchange.gzip != nil { flushCompressed(exchange) }
            return
        }
        guard count > 0 else {
            upstreamEnded(upstream, exchange, count)
            return
        }
        passAnswer(upstream, exchange, UnsafePointer(scratch.assumingMemoryBound(to: UInt8.self)), count)
    }

    /// Passes on some of the answer's body.
    func passAnswer(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        if exchange.gzip != nil { return passCompressed(upstream, exchange, bytes, count) }
        let client = exchange.client
        var position = 0
        while position < count && !exchange.responseBody.isDone {
            var from = bytes + position
            let forwarded: Int
            if exchange.coding == .dechunked {
                let payload = exchange.responseBody.takePayload(from, count &- position)
                from += payload.start
                forwarded = payload.count
                position &+= payload.consumed
            } else {
                let step = exchange.responseBody.take(from, count &- position)
                forwarded = step.forward
                position &+= step.consumed
            }
            if exchange.responseBody.fault.isFault {
                badAnswer(upstream, exchange, exchange.responseBody.fault)
                return
            }
            exchange.bytesOut &+= UInt64(forwarded)
            exchange.bodyBytesOut &+= UInt64(forwarded)
            if send(client, from, forwarded) != 0 {
                clientGone(client)
                return
            }
        }
        if exchange.responseBody.isDone {
            finish(upstream, exchange, extra: count &- position)
        } else {
            countBytes(exchange)
            armUpstream(upstream)
        }
    }

    /// From here on the request will not be sent again.
    @inline(__always)
    func letGo(_ exchange: Exchange) {
        exchange.isHeldWhole = false
        release(&exchange.held)
    }
}
