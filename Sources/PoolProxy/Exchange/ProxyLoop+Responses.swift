internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    @inline(__always)
    func upstreamEvent(_ upstream: UpstreamConnection, _ flags: UInt32) {
        if flags & (POOL_EPOLLRDHUP | POOL_EPOLLHUP | POOL_EPOLLERR) != 0 { upstream.sawHangup = true }
        if upstream.phase == .connecting {
            if flags & (POOL_EPOLLOUT | POOL_EPOLLHUP | POOL_EPOLLERR) == 0 { return }
            connectEnded(upstream)
            if upstream.isClosed { return }
        } else if flags & POOL_EPOLLOUT != 0 && upstream.output != nil {
            flushUpstream(upstream)
            if upstream.isClosed { return }
        }
        if flags & ~POOL_EPOLLOUT != 0 {
            upstream.mayRead = true
            advance(upstream)
        }
    }

    private func flushUpstream(_ upstream: UpstreamConnection) {
        let failure = flush(upstream)
        guard let exchange = upstream.exchange else { return }
        if failure != 0 {
            exchange.isWriteBroken = true
            exchange.writeErrno = failure
            upstream.sawHangup = true
            upstream.mayRead = true
            return
        }
        armUpstream(upstream)
        if upstream.output == nil {
            if exchange.clientEnded { shutdown(upstream.descriptor, Int32(SHUT_WR)) }
            later(exchange.client)
        }
    }

    /// Reads the worker's side for as long as the client's takes it.
    func advance(_ upstream: UpstreamConnection) {
        var reads = ProxyBounds.readsPerTurn
        while !upstream.isClosed && upstream.mayRead {
            guard upstream.phase != .connecting else { return }
            guard let exchange = upstream.exchange else {
                readIdle(upstream)
                return
            }
            // Back-pressure: nothing is read for a client that has not taken what it got.
            guard exchange.client.output == nil else { return }
            guard reads > 0 else {
                later(upstream)
                return
            }
            reads -= 1
            switch upstream.phase {
            case .awaiting: readHead(upstream, exchange)
            case .answering: readAnswer(upstream, exchange)
            case .tunnel:
                if exchange.workerEnded { return }
                passOn(from: upstream, to: exchange.client, exchange)
            case .idle, .connecting: return
            }
        }
    }

    /// An idle connection has nothing to say: the worker closes it, or is out of step. Either way it goes.
    private func readIdle(_ upstream: UpstreamConnection) {
        guard let count = receive(upstream, scratch, 1) else { return }
        if count <= 0 && upstream.served > 0 {
            upstream.pool.idleLimit.closed(idle: milliseconds &- upstream.idleSince)
        }
        closeUpstream(upstream)
    }

    /// Reads the head of the answer, and what is there of its body.
    @inline(__always)
    private func readHead(_ upstream: UpstreamConnection, _ exchange: Exchange) {
        var bytes = scratch
        var count: Int
        if let kept = upstream.input {
            guard let more = receive(upstream, scratch, ProxyBounds.readBytes) else { return }
            guard more > 0 else {
                upstreamEnded(upstream, exchange, more)
                return
            }
            guard kept.count + more <= ProxyBounds.headBytesMax * 2, append(scratch, more, to: &upstream.input),
                let joined = upstream.input
            else {
                badAnswer(upstream, exchange, .headTooLarge)
                return
            }
            bytes = joined.bytes
            count = joined.count
        } else {
            guard let read = receive(upstream, bytes, ProxyBounds.readBytes) else { return }
            guard read > 0 else {
                upstreamEnded(upstream, exchange, read)
                return
            }
            count = read
        }
        readHeads(upstream, exchange, UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self)), count)
    }

    /// Interim answers, then the final one.
    @inline(__always)
    private func readHeads(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        let parser = exchange.service.responseParser
        var position = 0
        // `bytes` may be the connection's own buffer: it is given back only behind its last use.
        let kept = upstream.input
        upstream.input = nil
        defer { if let kept { buffers.giveBack(kept) } }
        while true {
            let head = parser.response(bytes + position, count &- position)
            if head.consumed == 0 {
                if head.fault != .none {
                    badAnswer(upstream, exchange, head.fault)
                } else {
                    exchange.hasAnswer = true
                    if position < count, !append(bytes + position, count - position, to: &upstream.input) {
                        badAnswer(upstream, exchange, .headTooLarge)
                    }
                }
                return
            }
            exchange.hasAnswer = true
            if !head.isInterim {
                passHead(upstream, exchange, head, bytes + position, count &- position)
                return
            }
            guard passInterim(upstream, exchange, head, bytes + position) else { return }
            position &+= head.consumed
            if position == count { return }
        }
    }

    /// A 1xx: on to the client, unless it speaks HTTP/1.0.
    private func passInterim(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ head: ResponseHead,
        _ bytes: UnsafePointer<UInt8>
    ) -> Bool {
        armUpstream(upstream)
        if exchange.isHTTP10 { return true }
        let delivery = ResponseDelivery(
            of: head,
            method: exchange.method,
            clientIsHTTP10: false,
            sentUpgrade: false
        )
        let context = ResponsePlan.Context(delivery, clientIsHTTP10: false, closesClient: false)
        let table = exchange.service.table
        let count = table.responsePlan.write(
            head,
            bytes,
            fields: exchange.service.responseParser.fields,
            context,
            to: out
        )
        exchange.bytesOut &+= UInt64(count)
        if send(exchange.client, out, count) != 0 {
            clientGone(exchange.client)
            return false
        }
        return true
    }

    /// The final head, rewritten, with the part of the body that came with it: one `send` where that is small.
    @inline(__always)
    private func passHead(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ head: ResponseHead,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        let client = exchange.client
        let service = exchange.service
        var delivery = ResponseDelivery(
            of: head,
            method: exchange.method,
            clientIsHTTP10: exchange.isHTTP10,
            sentUpgrade: exchange.wantsTunnel
        )
        if delivery.fault != .none {
            badAnswer(upstream, exchange, delivery.fault)
            return
        }
        exchange.firstByteAt = readClock()
        exchange.status = head.status
        if let log = service.log, !exchange.isProbe { captureResponse(exchange, log, head, bytes) }
        exchange.coding = delivery.coding
        exchange.keepsWorker = delivery.keepsWorker
        if let seconds = head.keepAliveSeconds(in: bytes) {
            upstream.pool.idleLimit.announce(seconds: UInt64(max(0, seconds)))
        }
        // An answer before the request is whole is the connection's last: the client may be sending still.
        let closes =
            !exchange.isPersistent || !exchange.isRequestWhole || isDraining || client.isAtItsLast
            || exchange.isWriteBroken
        var context = ResponsePlan.Context(delivery, clientIsHTTP10: exchange.isHTTP10, closesClient: closes)
        context.date = UnsafePointer(date)
        exchange.closesClient = context.closesClient
        var headCount = service.table.responsePlan.write(
            head,
            bytes,
            fields: service.responseParser.fields,
            context,
            to: out
        )
        if exchange.mustSetCookie { headCount = addCookie(exchange, headCount) }
        let bodyBytes = bytes + head.consumed
        let bodyCount = count &- head.consumed
        exchange.isHeadSent = true

        if delivery.isTunnel {
            beginTunnel(upstream, exchange, headCount, bodyBytes, bodyCount)
            return
        }
        upstream.phase = .answering
        var position = 0
        var forwarded = 0
        if bodyCount > 0 && !delivery.framing.isDone && delivery.coding != .dechunked {
            let step = delivery.framing.take(bodyBytes, bodyCount)
            if delivery.framing.fault != .none {
                // Nothing of it has been passed on yet: the client can still be told.
                exchange.isHeadSent = false
                badAnswer(upstream, exchange, delivery.framing.fault)
                return
            }
            position = step.consumed
            forwarded = step.forward
        }
        exchange.responseBody = delivery.framing
        exchange.bytesOut &+= UInt64(headCount &+ forwarded)
        exchange.bodyBytesOut = UInt64(forwarded)
        if send(client, head: out, headCount, bodyBytes, forwarded) != 0 {
            clientGone(client)
            return
        }
        letGo(exchange)
        if exchange.responseBody.isDone {
            finish(upstream, exchange, extra: bodyCount &- position)
        } else if position < bodyCount {
            passAnswer(upstream, exchange, bodyBytes + position, bodyCount &- position)
        } else {
            armUpstream(upstream)
        }
    }

    @inline(__always)
    private func readAnswer(_ upstream: UpstreamConnection, _ exchange: Exchange) {
        guard let count = receive(upstream, scratch, ProxyBounds.readBytes) else { return }
        guard count > 0 else {
            upstreamEnded(upstream, exchange, count)
            return
        }
        passAnswer(upstream, exchange, UnsafePointer(scratch.assumingMemoryBound(to: UInt8.self)), count)
    }

    /// Passes on some of the answer's body.
    private func passAnswer(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) {
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
            if exchange.responseBody.fault != .none {
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

    private func addCookie(_ exchange: Exchange, _ count: Int) -> Int {
        guard case .sticky(let name) = exchange.service.table.keySource, let worker = exchange.pool?.target.name else {
            return count
        }
        // In front of the empty line.
        let line = StickyCookie.line(name: name, worker: worker)
        line.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(out + (count - 2), base, bytes.count) }
        }
        out[count - 2 + line.count] = 13
        out[count - 1 + line.count] = 10
        return count + line.count
    }
}
