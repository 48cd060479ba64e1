internal import CNghttp2
internal import Glibc
internal import PoolHTTP

/// Answers on their way to streams: the text of HTTP/1.1, taken apart again.
extension ProxyLoop {
    /// Whether nothing may be read of a stream's worker, or its file, for all that waits on its connection. It goes on when
    /// the client has taken enough; until then no time runs for its worker.
    @inline(never)
    func holds(_ client: ClientConnection) -> Bool {
        let stream = unsafeDowncast(client, to: StreamClient.self)
        guard stream.session.holds(stream) else { return false }
        if let upstream = stream.exchange?.upstream { deadlines.clear(upstream.index) }
        return true
    }

    /// The time of a stream to take its answer is over. It goes on where it is not the client that withholds it: the stream
    /// has a window, or its last piece is still on its way, and the client has taken something of the connection since.
    func isWaitingItsTurn(_ client: ClientConnection) -> Bool {
        let stream = unsafeDowncast(client, to: StreamClient.self)
        if stream.isHeld { return true }
        let session = stream.session
        let backlog = Int(untaken(session.client)) + (session.client.output?.count ?? 0)
        let isUnderway = session.madeBytes - stream.pieceAt < backlog
        guard isUnderway || session.hasWindow(stream) else { return false }
        let delivered = session.madeBytes - backlog
        guard delivered > stream.deliveredSeen else { return false }
        stream.deliveredSeen = delivered
        return true
    }

    /// As ``send(_:_:_:)``: takes text of the answer. A head comes whole, in one call.
    func sendStream(_ stream: StreamClient, _ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
        if stream.isGone { return EPIPE }
        let raw = bytes.assumingMemoryBound(to: UInt8.self)
        var position = 0
        if stream.answer == .head {
            let head = http2.parser.response(raw, count)
            guard head.consumed > 0, submit(head, raw, of: stream) else { return EPROTO }
            position = head.consumed
        }
        let isKept = keepPayload(stream, raw + position, count - position)
        stream.session.notePending(stream)
        stream.session.resume(stream)
        later(stream.session.client)
        if stream.output != nil { armSend(stream) }
        return isKept
    }

    /// Gives the library a head.
    private func submit(_ head: ResponseHead, _ raw: UnsafePointer<UInt8>, of stream: StreamClient) -> Bool {
        let library = stream.session.library
        let isTunnel = head.status == 101
        return withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: head.facts.fieldsCount + 1) { fields in
            let count = fill(fields, head, raw, isTunnel: isTunnel)
            if head.isInterim {
                let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
                return nghttp2_submit_headers(library, flags, stream.id, nil, fields.baseAddress, count, nil) == 0
            }
            stream.answer = .body
            if isTunnel {
                stream.framing = .untilClose
            } else if stream.isHead || head.status == 204 || head.status == 304 || head.contentLength == 0 {
                stream.answer = .whole
                return nghttp2_submit_response(library, stream.id, fields.baseAddress, count, nil) == 0
            } else if head.isChunked {
                stream.framing = BodyFraming(chunkedUpTo: 0)
            } else {
                stream.framing = head.contentLength > 0 ? BodyFraming(count: head.contentLength) : .untilClose
            }
            var source = nghttp2_data_provider()
            source.read_callback = HTTP2Session.readOutput
            return nghttp2_submit_response(library, stream.id, fields.baseAddress, count, &source) == 0
        }
    }

    /// The status, and the fields that mean something beyond one connection.
    private func fill(
        _ fields: UnsafeMutableBufferPointer<nghttp2_nv>,
        _ head: ResponseHead,
        _ raw: UnsafePointer<UInt8>,
        isTunnel: Bool
    ) -> Int {
        // RFC 8441, 5: what was a switch of protocols is a success.
        let success: StaticString = "200"
        let status = isTunnel ? success.utf8Start : raw + 9
        let name: StaticString = ":status"
        fields.initializeElement(
            at: 0,
            to: nghttp2_nv(
                UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
                UnsafeBufferPointer(start: status, count: 3)
            )
        )
        var count = 1
        let accept: StaticString = "sec-websocket-accept"
        for index in 0..<head.facts.fieldsCount {
            let field = http2.parser.fields[index]
            switch field.kind {
            case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .http2Settings, .nominated:
                continue
            case .other where isTunnel && field.isNamed(accept.utf8Start, accept.utf8CodeUnitCount, in: raw): continue
            default: break
            }
            fields.initializeElement(
                at: count,
                to: nghttp2_nv(field.name.bytes(in: raw), field.value.bytes(in: raw))
            )
            count += 1
        }
        return count
    }

    /// Keeps the payload until the client takes it, without what frames it in HTTP/1.1.
    private func keepPayload(_ stream: StreamClient, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
        var position = 0
        while position < count && stream.answer == .body {
            let isTrailer = stream.framing.isInTrailers
            let from = bytes + position
            let piece = stream.framing.takePayload(from, count - position)
            if stream.framing.fault != .none { return EPROTO }
            if isTrailer {
                stream.answerTrailers.append(contentsOf: UnsafeBufferPointer(start: from, count: piece.consumed))
            } else if piece.count > 0, !append(from + piece.start, piece.count, to: &stream.output) {
                return ENOBUFS
            }
            position += piece.consumed
            if stream.framing.isDone { stream.answer = .whole }
        }
        return 0
    }
}
