internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Answers that are compressed on their way. The worker's side is as ever; the client's gets chunks of our own.
extension ProxyLoop {
    /// Whether the answer whose head has been read is to be compressed; `out` holds its head as it would be sent.
    ///
    /// - Returns: the bytes of the head in `out` that is sent instead.
    @inline(never)
    func beginCompression(
        _ exchange: Exchange,
        _ rule: GzipRule,
        _ head: ResponseHead,
        _ bytes: UnsafePointer<UInt8>,
        _ headCount: Int,
        hasBody: Bool
    ) -> Int {
        let service = exchange.service
        guard hasBody, !exchange.isHTTP10, exchange.method != .head, !exchange.isProbe,
            rule.applies(to: head, bytes, fields: service.responseParser.fields)
        else { return headCount }
        if exchange.takesGzip, let spec = service.table.front.gzip { exchange.gzip = deflaters.take(level: spec.level) }
        let plain = UnsafeBufferPointer(start: out, count: headCount)
        let rewritten = GzipRule.rewritten(plain, isCompressed: exchange.gzip != nil)
        guard rewritten.count <= ProxyLoop.outBytes else { return headCount }
        rewritten.withUnsafeBytes { bytes in if let base = bytes.baseAddress { memcpy(out, base, bytes.count) } }
        return rewritten.count
    }

    /// Passes on some of a body that is compressed, behind a head where it is the first of it.
    func passCompressed(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        head headCount: Int = 0,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        guard let deflater = exchange.gzip else { return }
        var headCount = headCount
        var position = 0
        while position < count && !exchange.responseBody.isDone {
            let payload = exchange.responseBody.takePayload(bytes + position, count &- position)
            if exchange.responseBody.fault != .none {
                if headCount > 0 {
                    // Nothing of it has been sent yet: the client can still be told.
                    exchange.isHeadSent = false
                    exchange.bytesOut &-= UInt64(headCount)
                }
                badAnswer(upstream, exchange, exchange.responseBody.fault)
                return
            }
            let from = bytes + position + payload.start
            position &+= payload.consumed
            // A chunked body's last bytes are framing: what is left is written by the end.
            let flush: Deflater.Flush =
                exchange.responseBody.isDone ? .end : upstream.mayRead || position < count ? .more : .soon
            guard sendCompressed(exchange, deflater, head: &headCount, from, payload.count, flush) else {
                clientGone(exchange.client)
                return
            }
        }
        // Nothing of the body was there yet.
        if headCount > 0, send(exchange.client, out, headCount) != 0 {
            clientGone(exchange.client)
            return
        }
        if exchange.responseBody.isDone {
            finish(upstream, exchange, extra: count &- position)
        } else {
            countBytes(exchange)
            armUpstream(upstream)
        }
    }

    /// Nothing more came where more was expected: what the library has kept for it goes to the client now.
    func flushCompressed(_ exchange: Exchange) {
        guard let deflater = exchange.gzip, !exchange.isCompressionEnded else { return }
        var none = 0
        guard sendCompressed(exchange, deflater, head: &none, UnsafePointer(deflaters.piece), 0, .soon) else {
            clientGone(exchange.client)
            return
        }
    }

    /// The body has ended with the worker's connection: the client is told.
    func endCompression(_ exchange: Exchange) -> Bool {
        guard let deflater = exchange.gzip, !exchange.isCompressionEnded else { return true }
        var none = 0
        return sendCompressed(exchange, deflater, head: &none, UnsafePointer(deflaters.piece), 0, .end)
    }

    /// - Returns: false where the client is gone.
    private func sendCompressed(
        _ exchange: Exchange,
        _ deflater: Deflater,
        head headCount: inout Int,
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ flush: Deflater.Flush
    ) -> Bool {
        let base = deflaters.piece + Deflaters.margin
        var position = 0
        while true {
            let step = deflater.run(bytes + position, count - position, into: base, Deflaters.pieceBytes, flush)
            position += step.consumed
            let (start, size) = frame(base, step)
            if size > 0 {
                let failure =
                    headCount > 0
                    ? send(exchange.client, head: out, headCount, start, size) : send(exchange.client, start, size)
                if failure != 0 { return false }
                exchange.bytesOut &+= UInt64(size)
                exchange.bodyBytesOut &+= UInt64(step.produced)
                headCount = 0
            }
            if step.isEnded { exchange.isCompressionEnded = true }
            if step.isEnded || !step.isFull { return true }
        }
    }

    /// Makes a chunk of what was compressed, and the end of the body where it is that.
    private func frame(
        _ base: UnsafeMutablePointer<UInt8>,
        _ step: Deflater.Step
    ) -> (start: UnsafeMutablePointer<UInt8>, size: Int) {
        var start = base
        var end = base
        if step.produced > 0 {
            end += step.produced
            end[0] = 13
            end[1] = 10
            end += 2
            start -= 2
            start[0] = 13
            start[1] = 10
            var left = step.produced
            while left > 0 {
                start -= 1
                let digit = UInt8(left & 15)
                start[0] = digit < 10 ? 48 + digit : 87 + digit
                left >>= 4
            }
        }
        if step.isEnded {
            memcpy(end, "0\r\n\r\n", 5)
            end += 5
        }
        return (start, end - start)
    }
}
