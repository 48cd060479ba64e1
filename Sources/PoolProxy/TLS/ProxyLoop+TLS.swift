internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolTLS

/// TLS between the sockets and everything else: what is read comes out as text, what is sent goes in as text. The bytes
/// that a connection keeps in its `output` are records already.
extension ProxyLoop {
    /// Gives a new client its session. Its handshake is done by its first reads. Where there is no memory for one, the
    /// client has none, and is not served.
    func secure(_ client: ClientConnection, _ entry: FrontEntry) {
        guard let context = entry.tls else { return }
        guard let session = TLSSession(context, tlsScratch) else { return }
        client.tls = session
        client.isLayered = true
        client.isSecure = true
    }

    /// As ``receive(_:_:_:)``, for a connection whose bytes do not come straight from its socket.
    @inline(never)
    func receiveLayered(_ connection: Connection, _ into: UnsafeMutableRawPointer, _ capacity: Int) -> Int? {
        guard let session = connection.tls else { return receiveStream(stream(connection), into, capacity) }
        return receiveSecure(connection, session, into, capacity)
    }

    /// As ``send(_:_:_:)``, for a connection whose bytes do not go straight to its socket.
    @inline(never)
    func sendLayered(_ connection: Connection, _ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
        if connection.tls == nil { return sendStream(stream(connection), bytes, count) }
        let failure = encrypt(connection, bytes, count)
        return failure != 0 ? failure : sendRecords(connection)
    }

    /// Head and body, in one `send` where they fit.
    func sendLayered(
        _ connection: Connection,
        _ head: UnsafeRawPointer,
        _ headCount: Int,
        _ body: UnsafeRawPointer,
        _ bodyCount: Int
    ) -> Int32 {
        if connection.tls == nil {
            let failure = sendStream(stream(connection), head, headCount)
            return failure != 0 ? failure : sendStream(stream(connection), body, bodyCount)
        }
        var failure = encrypt(connection, head, headCount)
        if failure == 0 { failure = encrypt(connection, body, bodyCount) }
        return failure != 0 ? failure : sendRecords(connection)
    }

    /// A layered connection without a session of its own is a stream.
    private func stream(_ connection: Connection) -> StreamClient { unsafeDowncast(connection, to: StreamClient.self) }

    /// The counterpart of `recv`. `into` holds 64 KiB at least, more than the text of one read can be.
    private func receiveSecure(
        _ connection: Connection,
        _ session: TLSSession,
        _ into: UnsafeMutableRawPointer,
        _ capacity: Int
    ) -> Int? {
        if session.isBroken { return -1 }
        if session.isEnded { return 0 }
        // Records without text (a handshake, an alert) lead to the next read; a peer that sends nothing else is cut.
        for _ in 0..<ProxyBounds.readsWithoutTextMax {
            let count = recv(connection.descriptor, tlsScratch.received, TLSScratch.receivedBytesMax, 0)
            if count == 0 { return 0 }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { return -1 }
                connection.mayRead = false
                return nil
            }
            if count < TLSScratch.receivedBytesMax && !connection.sawHangup { connection.mayRead = false }
            session.received(count)
            let text = decrypt(connection, session, into, capacity)
            if text != 0 { return text }
            if session.isEnded { return 0 }
            if !connection.mayRead { return nil }
        }
        return -1
    }

    /// The text of what was received: its bytes, or -1 where the session failed. Sends what the session has to say.
    private func decrypt(
        _ connection: Connection,
        _ session: TLSSession,
        _ into: UnsafeMutableRawPointer,
        _ capacity: Int
    ) -> Int {
        let wasEstablished = session.isEstablished
        var total = 0
        while true {
            let (count, outcome) = session.read(into + total, capacity - total)
            total += count
            let failure = sendRecords(connection)
            switch outcome {
            case .mustSend where failure == 0: continue
            case .failed(let reason):
                if !wasEstablished { handshakeFailed(connection, reason) }
                // The text in front of it is looked at first; the next read finds the session broken.
                connection.mayRead = true
                return total > 0 ? total : -1
            case .ended: connection.mayRead = true
            case .more, .mustSend: break
            }
            if failure != 0 { return -1 }
            break
        }
        if !wasEstablished && session.isEstablished { handshakeDone(connection, session) }
        return total
    }

    private func handshakeDone(_ connection: Connection, _ session: TLSSession) {
        own.add(.handshakes)
        if session.isResumed { own.add(.handshakesResumed) }
        let client = unsafeDowncast(connection, to: ClientConnection.self)
        client.certificate = session.clientIdentity.map(ClientCertificate.init)
        // From here on the time of an idle client runs.
        if session.hasChosenHTTP2 { beginHTTP2(client) } else { armClient(client) }
    }

    private func handshakeFailed(_ connection: Connection, _ reason: TLSSession.Failure) {
        own.add(.handshakesFailed)
        guard reason == .plainHTTP else { return }
        let count = ProxyAnswers.plainHTTP.write(
            acceptsJSON: false,
            date: UnsafePointer(date),
            closes: true,
            isHead: false,
            to: out
        )
        _ = Glibc.send(connection.descriptor, out, count, Int32(MSG_NOSIGNAL))
    }

    /// Makes records of text in the scratch memory; sends only when that is full.
    private func encrypt(_ connection: Connection, _ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
        guard let session = connection.tls else { return ENOTCONN }
        var position = 0
        while true {
            let taken = session.write(bytes + position, count - position)
            if taken < 0 {
                tlsScratch.clearSent()
                return EPIPE
            }
            position += taken
            if position == count { return 0 }
            let failure = sendRecords(connection)
            if failure != 0 { return failure }
        }
    }

    /// Sends the records that are in the scratch memory, or keeps what the peer does not take now.
    private func sendRecords(_ connection: Connection) -> Int32 {
        let count = tlsScratch.sendCount
        if count == 0 { return 0 }
        defer { tlsScratch.clearSent() }
        var taken = 0
        if connection.output == nil {
            let sent = Glibc.send(connection.descriptor, tlsScratch.toSend, count, Int32(MSG_NOSIGNAL))
            if sent == count { return 0 }
            if sent < 0 && errno != EAGAIN { return errno }
            taken = max(sent, 0)
        }
        return keepOutput(connection, tlsScratch.toSend + taken, count - taken)
    }

    /// More of a head that is kept: the text comes to the scratch memory, from where it is copied behind the rest.
    func readMoreOfSecureHead(_ client: ClientConnection) {
        guard let count = receive(client, scratch, ProxyBounds.readBytes) else { return }
        guard count > 0, append(scratch, count, to: &client.input) else {
            if count <= 0 { own.add(.clientAborts) }
            closeClient(client)
            return
        }
        lookForLine(client, scratch, count, held: client.input?.count ?? 0)
    }

    /// Nothing more will come from us: the other direction goes on.
    func endOutput(_ connection: Connection) {
        if connection.isLayered && connection.tls == nil {
            endStreamOutput(stream(connection))
            return
        }
        if connection.tls != nil { sayEnd(connection) }
        shutdown(connection.descriptor, Int32(SHUT_WR))
    }

    /// Tells a peer over TLS that what it has got is all. Not where output waits, and never behind an answer that was cut.
    func sayEnd(_ connection: Connection) {
        guard let session = connection.tls, connection.output == nil else { return }
        session.end()
        let count = tlsScratch.sendCount
        guard count > 0 else { return }
        // Where it does not fit the connection is cut, which is all that the peer loses.
        _ = Glibc.send(connection.descriptor, tlsScratch.toSend, count, Int32(MSG_NOSIGNAL))
        tlsScratch.clearSent()
    }
}
