internal import CNghttp2
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Streams as clients: where their requests come from, and their ends.
extension ProxyLoop {
    /// A request's head is there: called within the library, so the exchange begins later.
    func beginStream(_ session: HTTP2Session, _ id: Int32, isLast: Bool) {
        session.head.conclude(hasBody: !isLast)
        let stream = StreamClient(session, id: id)
        endpoints.add(stream)
        deadlines.reserve(stream.index)
        deadlines.clear(stream.index)
        session.add(stream)
        own.add(.streams)
        stream.isInputEnded = isLast
        stream.isHead = session.head.isHead
        stream.isWebSocket = session.head.isWebSocket
        stream.isChunked = session.head.isChunked
        stream.fault = session.head.fault
        session.noteReady(stream)
        guard stream.fault == .none else { return }
        guard var text = buffers.borrow(session.head.textBytesMax) else {
            session.reset(stream, NGHTTP2_REFUSED_STREAM)
            return
        }
        requestNumber &+= 1
        text.end = session.head.write(key: requestID, to: text.base.assumingMemoryBound(to: UInt8.self))
        stream.input = text
    }

    /// There is something to read, or the request is there.
    func goOn(_ stream: StreamClient) {
        guard stream.fault == .none else {
            guard stream.phase == .waiting else { return }
            if let service = stream.listener.route?.service {
                refuseMalformed(stream, stream.fault, service, out, 0)
            } else {
                refuse(stream, ProxyAnswers.of(stream.fault))
            }
            return
        }
        advance(stream)
        // A head that is not taken is beyond a limit that the text alone shows: it was refused.
        if !stream.isClosed && stream.phase == .waiting && stream.exchange == nil { closeClient(stream) }
    }

    /// As ``receive(_:_:_:)``: bytes of the request's body, in chunks where its length is not known.
    func receiveStream(_ stream: StreamClient, _ into: UnsafeMutableRawPointer, _ capacity: Int) -> Int? {
        if stream.isGone { return -1 }
        let out = into.assumingMemoryBound(to: UInt8.self)
        var count = 0
        if var inbox = stream.inbox {
            let taken = min(inbox.count, stream.isChunked ? capacity - ChunkText.overheadMax : capacity)
            count =
                stream.isChunked
                ? ChunkText.write(UnsafePointer(inbox.bytes.assumingMemoryBound(to: UInt8.self)), taken, to: out)
                : taken
            if !stream.isChunked { memcpy(into, inbox.bytes, taken) }
            inbox.start += taken
            if inbox.count > 0 {
                stream.inbox = inbox
            } else {
                release(&stream.inbox)
            }
            nghttp2_session_consume(stream.session.library, stream.id, taken)
            if !stream.isWide && !stream.isInputEnded { stream.session.widen(stream) }
            later(stream.session.client)
        }
        guard stream.inbox == nil else { return count }
        if stream.isInputEnded && !stream.isEndTold {
            guard count + stream.trailers.count + ChunkText.overheadMax <= capacity else {
                if count > 0 { return count }
                return -1
            }
            // The end of a tunnel is told by itself, as that of a socket is.
            if stream.isWebSocket && count > 0 { return count }
            stream.isEndTold = true
            if stream.isChunked { count += ChunkText.writeEnd(trailers: stream.trailers, to: out + count) }
            if stream.isWebSocket { return 0 }
        }
        stream.mayRead = false
        return count > 0 ? count : nil
    }

    /// The last answer is written: the stream ends when the client has taken it.
    func endStream(_ stream: StreamClient) {
        switch stream.answer {
        case .body where stream.framing.mode == .untilClose: endStreamOutput(stream)
        case .whole: break
        case .head, .body:
            closeClient(stream)
            return
        }
        if stream.phase != .flushing {
            stream.phase = .flushing
            armSend(stream)
        }
        later(stream.session.client)
    }

    /// Nothing more will come from the worker's side of a tunnel, or of an answer that ends with its connection.
    func endStreamOutput(_ stream: StreamClient) {
        guard stream.answer == .body else { return }
        stream.answer = .whole
        stream.session.resume(stream)
        later(stream.session.client)
    }

    /// The answer is whole and sent, the request is not: what still comes of it is thrown away for a while.
    func discardRest(of stream: StreamClient) {
        stream.phase = .lingering
        stream.mayRead = stream.inbox != nil
        deadlines.set(stream.index, at: milliseconds + ProxyBounds.lingerMilliseconds)
        stream.session.noteDrained(stream)
    }

    /// Ends a stream before its end, with whatever hangs on it.
    func closeStream(_ stream: StreamClient) {
        if let exchange = stream.exchange { abandon(exchange) }
        let session = stream.session
        if !stream.isGone {
            // RFC 9113, 8.1: a whole answer stays one.
            let isWhole = stream.phase == .lingering
            session.reset(
                stream,
                isWhole ? NGHTTP2_NO_ERROR : stream.isWebSocket ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR
            )
            later(session.client)
        }
        forget(stream)
    }

    /// The library has closed the stream: both sides have ended it, or one of them with an error.
    func streamClosed(_ stream: StreamClient) {
        if let exchange = stream.exchange {
            if exchange.isTunnel && stream.isInputEnded && stream.answer == .whole {
                end(exchange, cause: .none)
            } else {
                count(.clientAborts, exchange)
                end(exchange, cause: stream.session.flood == nil ? .client : .flood)
            }
        }
        forget(stream)
    }

    private func forget(_ stream: StreamClient) {
        guard !stream.isClosed else { return }
        let session = stream.session
        if let inbox = stream.inbox { nghttp2_session_consume_connection(session.library, inbox.count) }
        session.remove(stream)
        release(&stream.inbox)
        release(&stream.output)
        release(&stream.input)
        deadlines.clear(stream.index)
        endpoints.remove(stream)
        // Not ours to close.
        stream.descriptor = -1
        if session.streams.isEmpty { later(session.client) }
    }
}
