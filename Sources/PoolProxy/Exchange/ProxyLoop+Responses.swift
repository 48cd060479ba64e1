internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Answers' heads: read, rewritten and passed on.
extension ProxyLoop {
    /// Reads the head of the answer, and what is there of its body.
    @inline(__always)
    func readHead(_ upstream: UpstreamConnection, _ exchange: Exchange) {
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
        guard exchange.interims < ProxyBounds.interimsMax else {
            badAnswer(upstream, exchange, .interimsTooMany)
            return false
        }
        exchange.interims += 1
        armUpstream(upstream)
        if exchange.isHTTP10 { return true }
        let delivery = ResponseDelivery(
            of: head,
            method: exchange.method,
            clientIsHTTP10: false,
            sentUpgrade: false
        )
        let context = ResponsePlan.Context(delivery, clientIsHTTP10: false, closesClient: false)
        let plan = responsePlan(for: exchange)
        let count = plan.write(
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
        if delivery.fault.isFault {
            badAnswer(upstream, exchange, delivery.fault)
            return
        }
        exchange.firstByteAt = readClock()
        exchange.status = head.status
        if head.status >= 500 { noteBadStatus(exchange, head.status) }
        if let log = exchange.log { captureResponse(exchange, log, head, bytes) }
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
        var headCount = responsePlan(for: exchange).write(
            head,
            bytes,
            fields: service.responseParser.fields,
            context,
            to: out
        )
        if exchange.mustSetCookie { headCount = addCookie(exchange, headCount) }
        if let rule = service.table.gzip {
            headCount = beginCompression(exchange, rule, head, bytes, headCount, hasBody: !delivery.framing.isDone)
        }
        let bodyBytes = bytes + head.consumed
        let bodyCount = count &- head.consumed
        exchange.isHeadSent = true

        if delivery.isTunnel {
            beginTunnel(upstream, exchange, headCount, bodyBytes, bodyCount)
            return
        }
        upstream.phase = .answering
        if exchange.gzip != nil {
            exchange.responseBody = delivery.framing
            exchange.bytesOut &+= UInt64(headCount)
            letGo(exchange)
            passCompressed(upstream, exchange, head: headCount, bodyBytes, bodyCount)
            return
        }
        var position = 0
        var forwarded = 0
        if bodyCount > 0 && !delivery.framing.isDone && delivery.coding != .dechunked {
            let step = delivery.framing.take(bodyBytes, bodyCount)
            if delivery.framing.fault.isFault {
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
    func responsePlan(for exchange: Exchange) -> ResponsePlan {
        let table = exchange.service.table
        return exchange.client.isSecure ? table.secureResponsePlan : table.responsePlan
    }

    /// An error page: bad only where the others give fewer.
    @inline(never)
    private func noteBadStatus(_ exchange: Exchange, _ status: Int) {
        guard status <= 504, status != 501 else { return }
        noteFailure(exchange, kind: .badStatus, "status \(status)")
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
