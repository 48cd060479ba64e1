internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    @inline(__always)
    func clientEvent(_ client: ClientConnection, _ flags: UInt32) {
        if flags & (POOL_EPOLLRDHUP | POOL_EPOLLHUP | POOL_EPOLLERR) != 0 {
            clientHungUp(client, flags)
            if client.isClosed { return }
        }
        if flags & POOL_EPOLLOUT != 0 {
            if client.output != nil { flushClient(client) } else if client.phase == .answering { advance(client) }
            if client.isClosed { return }
        }
        if flags & ~POOL_EPOLLOUT != 0 {
            client.mayRead = true
            advance(client)
        }
    }

    /// The client closed its side, or its connection broke.
    private func clientHungUp(_ client: ClientConnection, _ flags: UInt32) {
        let isFirst = !client.sawHangup
        client.sawHangup = true
        // A tunnel's client that has ended its side too may have said something first: that is read to its end.
        if client.phase == .tunnel && flags & POOL_EPOLLERR == 0 { return }
        if flags & (POOL_EPOLLERR | POOL_EPOLLHUP) != 0 {
            // Both directions are gone: nobody would get the answer.
            if client.phase != .waiting || client.output != nil { clientGone(client) }
            return
        }
        guard client.phase == .answering, let exchange = client.exchange, isFirst else { return }
        if milliseconds &- exchange.wholeAt <= ProxyBounds.halfCloseMilliseconds {
            client.isHalfClosed = true
            if exchange.isQueued { sound(client, exchange) } else { armClient(client) }
        } else {
            clientGone(client)
        }
    }

    /// Asks whether a client that closed its side still waits for its answer: TCP says the same of one that is gone.
    ///
    /// An interim answer is for every HTTP/1.1 client to bear, asked for or not (RFC 9110, 15.2). Where nobody holds the
    /// socket any more its kernel resets the connection, which ends the exchange. Once for a connection.
    @inline(never)
    func sound(_ client: ClientConnection, _ exchange: Exchange) {
        guard mustSound(client, exchange) else { return }
        client.isSounded = true
        let interim: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
        exchange.bytesOut &+= UInt64(interim.utf8CodeUnitCount)
        if send(client, interim.utf8Start, interim.utf8CodeUnitCount) != 0 { clientGone(client) }
    }

    /// Once an answer is under way its own bytes do the same.
    func mustSound(_ client: ClientConnection, _ exchange: Exchange) -> Bool {
        client.sawHangup && !client.isSounded && client.output == nil && !exchange.isHTTP10 && !exchange.isHeadSent
            && !exchange.isProbe && exchange.delivery == nil
    }

    /// Nobody waits for the answer any more: the worker's work is cancelled by closing its connection.
    func clientGone(_ client: ClientConnection) {
        if let exchange = client.exchange {
            // A send fails for want of memory too: then it was not the client.
            if buffers.refusals == 0 { count(.clientAborts, exchange) }
            end(exchange, cause: buffers.refusals == 0 ? .client : .resources)
        }
        closeClient(client)
    }

    /// Output has gone, or some of it: what waited for that goes on.
    private func flushClient(_ client: ClientConnection) {
        if flush(client) != 0 {
            clientGone(client)
            return
        }
        if client.output == nil { outputTaken(client) } else { armSend(client) }
    }

    /// The client has taken all that it was sent.
    func outputTaken(_ client: ClientConnection) {
        armClient(client)
        switch client.phase {
        case .flushing: endClient(client)
        case .tunnel, .answering, .body:
            if client.exchange?.workerEnded == true { endOutput(client) }
            if let upstream = client.exchange?.upstream {
                armUpstream(upstream)
                advance(upstream)
            }
        case .waiting, .lingering, .proxyHeader, .preface, .http2: break
        }
        if !client.isClosed { advance(client) }
    }

    /// Reads and acts for as long as there is something to read and something to do with it.
    func advance(_ client: ClientConnection) {
        guard !client.isAdvancing else { return }
        client.isAdvancing = true
        defer { client.isAdvancing = false }
        var reads = ProxyBounds.readsPerTurn
        var requests = ProxyBounds.requestsPerTurn
        while !client.isClosed {
            switch client.phase {
            case .waiting:
                // The next answer waits behind this one.
                guard client.output == nil else { return }
                let isKept = client.input != nil && !client.needsBytes
                guard isKept || client.mayRead else { return }
                guard requests > 0 else {
                    later(client)
                    return
                }
                requests &-= 1
                if isKept { readKeptRequest(client) } else { readRequest(client) }
            case .body:
                guard client.mayRead, let exchange = client.exchange, takesBody(exchange) else { return }
                guard reads > 0 else {
                    later(client)
                    return
                }
                reads -= 1
                readBody(client, exchange)
            case .tunnel:
                guard client.mayRead, let exchange = client.exchange, let upstream = exchange.upstream,
                    upstream.output == nil, !exchange.clientEnded
                else { return }
                guard reads > 0 else {
                    later(client)
                    return
                }
                reads -= 1
                passOn(from: client, to: upstream, exchange)
            case .lingering:
                guard client.mayRead else { return }
                discardInput(client)
            case .proxyHeader:
                guard client.mayRead else { return }
                readProxyHeader(client)
            case .answering:
                guard client.exchange?.delivery != nil, client.output == nil else { return }
                pump(client)
                if client.phase == .answering { return }
            case .preface:
                guard client.mayRead else { return }
                readPreface(client)
            case .http2:
                serveHTTP2(client)
                return
            case .flushing:
                return
            }
        }
    }

    /// One `recv` into the scratch memory, or behind what is kept. nil where there is nothing, with `mayRead` lowered;
    /// 0 is the end of the stream, -1 a broken connection.
    @inline(__always)
    func receive(_ connection: Connection, _ into: UnsafeMutableRawPointer, _ capacity: Int) -> Int? {
        if connection.isLayered { return receiveLayered(connection, into, capacity) }
        let count = pool_receive(connection.descriptor, into, capacity)
        if count > 0 {
            // A short read has drained the socket; the next byte brings the next edge.
            if count < capacity && !connection.sawHangup { connection.mayRead = false }
            return count
        }
        if count == 0 { return 0 }
        if errno == EAGAIN || errno == EINTR {
            connection.mayRead = false
            return nil
        }
        return -1
    }

    /// Reads some of a request's head (with luck all of it, and the body too).
    @inline(__always)
    private func readRequest(_ client: ClientConnection) {
        if client.input != nil {
            readMoreOfHead(client)
            return
        }
        guard let count = receive(client, scratch, ProxyBounds.readBytes) else { return }
        if count <= 0 {
            if count == 0 && client.tls != nil { sayEnd(client) }
            closeClient(client)
            return
        }
        readRequests(client, scratch, count)
    }

    @inline(never)
    private func readMoreOfHead(_ client: ClientConnection) {
        if client.tls != nil {
            readMoreOfSecureHead(client)
            return
        }
        guard var buffer = client.input else { return }
        if buffer.room == 0 {
            let held = buffer.count
            if buffer.start > 0 {
                memmove(buffer.base, buffer.bytes, held)
            } else {
                guard let larger = buffers.borrow(buffer.capacity * 2) else {
                    closeClient(client)
                    return
                }
                memcpy(larger.base, buffer.bytes, held)
                buffers.giveBack(buffer)
                buffer = larger
            }
            buffer.start = 0
            buffer.end = held
            client.input = buffer
        }
        let before = buffer.end
        guard let count = receive(client, buffer.base + before, buffer.room) else { return }
        if count <= 0 {
            // The request will never be whole.
            own.add(.clientAborts)
            closeClient(client)
            return
        }
        buffer.end += count
        client.input = buffer
        lookForLine(client, buffer.base + before, count, held: buffer.count)
    }

    /// Only an end of line can complete a head: a client that sends byte by byte costs no more than its lines.
    func lookForLine(_ client: ClientConnection, _ bytes: UnsafeRawPointer, _ count: Int, held: Int) {
        let limit = client.listener.route?.parser.limits.headBytesMax ?? 0
        if held < limit && memchr(bytes, 10, count) == nil { return }
        client.needsBytes = false
    }

    /// Goes on with input that came behind an earlier request, or with a head that may be complete now.
    private func readKeptRequest(_ client: ClientConnection) {
        guard let buffer = client.input else { return }
        client.input = nil
        readRequests(client, buffer.bytes, buffer.count)
        if client.isClosed || client.input == nil {
            buffers.giveBack(buffer)
            return
        }
        // What is left was copied to a buffer of its own, so that this one can go.
        buffers.giveBack(buffer)
    }

    /// Takes whole requests off the bytes, as long as they are answered at once; keeps the rest.
    @inline(__always)
    private func readRequests(_ client: ClientConnection, _ bytes: UnsafeMutableRawPointer, _ count: Int) {
        var position = 0
        while position < count && !client.isClosed && client.phase == .waiting && client.output == nil {
            let taken = beginExchange(client, bytes + position, count &- position)
            if taken == 0 { break }
            position &+= taken
        }
        if position < count && !client.isClosed && client.phase != .lingering && client.phase != .flushing {
            keepInput(client, bytes + position, count &- position)
        }
    }

    @inline(never)
    private func keepInput(_ client: ClientConnection, _ bytes: UnsafeMutableRawPointer, _ count: Int) {
        if !append(bytes, count, to: &client.input) {
            closeClient(client)
            return
        }
        // In the phase `waiting` it is a head that is not complete: it has from now on its own time.
        if client.phase == .waiting && client.output == nil {
            client.needsBytes = true
            if !client.isHeadTimed {
                client.isHeadTimed = true
                armClient(client)
            }
        } else {
            client.needsBytes = false
        }
    }

    /// The last answer is written, or will be: closes, politely where the client may still be sending.
    func endClient(_ client: ClientConnection) {
        if client.isStream {
            endStream(unsafeDowncast(client, to: StreamClient.self))
            return
        }
        if client.output != nil {
            client.phase = .flushing
            armSend(client)
            return
        }
        guard client.mustLinger || client.mayRead && !client.sawHangup || client.input != nil else {
            if client.tls != nil { sayEnd(client) }
            closeClient(client)
            return
        }
        release(&client.input)
        endOutput(client)
        client.phase = .lingering
        deadlines.set(client.index, at: milliseconds + ProxyBounds.lingerMilliseconds)
        advance(client)
    }

    private func discardInput(_ client: ClientConnection) {
        guard let count = receive(client, scratch, ProxyBounds.readBytes) else { return }
        client.lingerBytes += max(0, count)
        if count <= 0 || client.lingerBytes > ProxyBounds.lingerBytesMax { closeClient(client) }
    }
}
