internal import CNghttp2
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// HTTP/2 connections: their bytes in and out, and their ends.
extension ProxyLoop {
    /// What an HTTP/2 connection begins with (RFC 9113, 3.4).
    private static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// Makes a connection one of HTTP/2. What it has sent so far stands in its `input`, or comes there.
    func beginHTTP2(_ client: ClientConnection) {
        let limits = client.listener.route?.service.table.front.limits ?? ProxyLimits()
        let headBytesMax = min(limits.headBytesMax, ProxyBounds.headBytesMax)
        guard
            let session = HTTP2Session(client, self, streamsMax: limits.http2StreamsMax, headBytesMax: headBytesMax)
        else {
            own.add(.noMemory)
            // Read as HTTP/1.1 it gets an answer that says so.
            client.phase = .waiting
            return
        }
        own.add(.http2Connections)
        client.http2 = session
        client.phase = .http2
        client.isHeadTimed = false
        deadlines.clear(client.index)
        if isDraining { session.drain() }
        armClient(client)
    }

    /// On a plain front with `h2c`: the first bytes tell which version a client speaks.
    func readPreface(_ client: ClientConnection) {
        guard let count = receive(client, scratch, ProxyBounds.readBytes) else { return }
        guard count > 0, append(scratch, count, to: &client.input), let input = client.input else {
            closeClient(client)
            return
        }
        let expected = ProxyLoop.preface
        let compared = min(input.count, expected.utf8CodeUnitCount)
        client.needsBytes = false
        if memcmp(input.bytes, expected.utf8Start, compared) != 0 {
            client.phase = .waiting
            client.isHeadTimed = true
        } else if compared == expected.utf8CodeUnitCount {
            beginHTTP2(client)
        } else {
            client.isHeadTimed = true
        }
        armClient(client)
    }

    /// Takes in what has come, lets exchanges go on, and sends what there is to send.
    @inline(never)
    func serveHTTP2(_ client: ClientConnection) {
        guard let session = client.http2 else { return }
        if let kept = client.input {
            client.input = nil
            feed(session, kept.bytes, kept.count)
            buffers.giveBack(kept)
        }
        var reads = ProxyBounds.readsPerTurn
        while client.mayRead && client.phase == .http2 && !client.isClosed {
            guard reads > 0 else {
                later(client)
                break
            }
            reads -= 1
            guard let count = receive(client, scratch, ProxyBounds.readBytes) else { break }
            guard count > 0 else {
                closeClient(client)
                return
            }
            feed(session, scratch, count)
        }
        if client.phase == .http2 && !client.isClosed { pump(session) }
    }

    private func feed(_ session: HTTP2Session, _ bytes: UnsafeMutableRawPointer, _ count: Int) {
        let raw = UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self))
        switch session.meter.read(raw, count, now: milliseconds) {
        case .flood(let flood): session.flood = flood
        case .fault(let fault):
            session.sayLast(
                fault == .streamClosed ? NGHTTP2_STREAM_CLOSED : NGHTTP2_PROTOCOL_ERROR,
                because: fault.rawValue
            )
            endSession(session)
            return
        case nil: break
        }
        let taken = session.flood == nil ? nghttp2_session_mem_recv(session.library, raw, count) : 0
        if session.flood != nil || taken < 0 {
            cut(session, Int32(taken))
            return
        }
        var index = 0
        while index < session.ready.count {
            let stream = session.ready[index]
            index += 1
            stream.isReady = false
            if stream.isClosed { continue }
            if stream.isGone { closeClient(stream) } else { goOn(stream) }
        }
        session.ready.removeAll(keepingCapacity: true)
    }

    /// Ends a connection that floods us, or whose bytes are no HTTP/2.
    private func cut(_ session: HTTP2Session, _ failure: Int32 = 0) {
        let client = session.client
        if let flood = session.flood {
            note(flood, of: client)
            session.sayLast(NGHTTP2_ENHANCE_YOUR_CALM, because: flood.rawValue)
        } else if failure != 0 {
            session.sayLast(NGHTTP2_PROTOCOL_ERROR, because: String(cString: nghttp2_strerror(failure)))
        }
        endSession(session)
    }

    /// What was said goes out, and the connection ends.
    private func endSession(_ session: HTTP2Session) {
        let client = session.client
        _ = sendFrames(session)
        guard !client.isClosed else { return }
        client.mustLinger = true
        leaveHTTP2(client)
        endClient(client)
    }

    /// Counts a flood, and tells of it: once a minute for each kind, since floods come in hundreds.
    private func note(_ flood: FrameMeter.Flood, of client: ClientConnection) {
        own.add(.http2Floods)
        own.add(flood.counter)
        guard milliseconds >= http2.quietUntil[flood] ?? 0,
            let kind = StatsCounter.floods.first(where: { $0.counter == flood.counter })?.kind
        else { return }
        http2.quietUntil[flood] = milliseconds &+ 60_000
        let peer = client.peer.description
        shared.report(.flood(kind: kind, detail: "\(flood.rawValue), from \(peer): its connection was ended"))
    }

    /// Sends what the library has, and has those go on whose output was taken.
    private func pump(_ session: HTTP2Session) {
        let client = session.client
        for _ in 0..<4 {
            guard sendFrames(session) else {
                closeClient(client)
                return
            }
            if session.flood != nil {
                cut(session)
                return
            }
            session.letGo()
            guard !session.drained.isEmpty else { break }
            let drained = session.drained
            session.drained.removeAll(keepingCapacity: true)
            for stream in drained {
                stream.isDrained = false
                guard !stream.isClosed, stream.output == nil else { continue }
                outputTaken(stream)
            }
            if client.isClosed { return }
        }
        if !session.drained.isEmpty { later(client) }
        guard client.output == nil else { return }
        let isOver = session.hasSaidLast && session.streams.isEmpty
        if isOver || nghttp2_session_want_read(session.library) == 0 && nghttp2_session_want_write(session.library) == 0
        {
            leaveHTTP2(client)
            client.mustLinger = true
            endClient(client)
            return
        }
        armClient(client)
    }

    /// Sends frames for as long as the socket takes them: several in one system call, and in one record of TLS.
    ///
    /// - Returns: false where the connection is broken.
    private func sendFrames(_ session: HTTP2Session) -> Bool {
        let client = session.client
        let frames = http2.frames
        var held = 0
        while client.output == nil {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session.library, &bytes)
            guard count > 0, let bytes else {
                if count < 0 { return false }
                break
            }
            session.madeBytes &+= count
            if held + count > HTTP2Tools.framesBytes {
                if send(client, frames, held) != 0 { return false }
                held = 0
                if count > HTTP2Tools.framesBytes {
                    if send(client, bytes, count) != 0 { return false }
                    continue
                }
            }
            memcpy(frames + held, bytes, count)
            held += count
        }
        return send(client, frames, held) == 0
    }

    /// Sets the time of a connection: idle without streams, and bounded while a header section is coming in.
    func armHTTP2(_ client: ClientConnection, _ times: FrontTimes) {
        guard let session = client.http2 else { return }
        if session.isDraining && !session.hasSaidLast {
            // However much comes and goes until then.
            client.isHeadTimed = false
            deadlines.set(client.index, at: session.lastSaidAt)
        } else if session.isInHead {
            if client.isHeadTimed { return }
            client.isHeadTimed = true
            deadlines.set(client.index, at: milliseconds &+ times.requestHead)
        } else if session.streams.isEmpty {
            if !client.isHeadTimed && deadlines.deadline(client.index) != DeadlineTable.never { return }
            client.isHeadTimed = false
            deadlines.set(client.index, at: milliseconds &+ times.clientIdle)
        } else {
            client.isHeadTimed = false
            deadlines.clear(client.index)
        }
    }

    /// The time of a connection is over.
    func http2Late(_ client: ClientConnection) {
        guard let session = client.http2 else { return }
        if session.isDraining && !session.hasSaidLast {
            session.sayLast(NGHTTP2_NO_ERROR)
            pump(session)
            return
        }
        if session.isInHead { own.add(.refused) }
        if !session.hasSaidLast { session.sayLast(NGHTTP2_NO_ERROR) }
        if session.isInHead {
            _ = sendFrames(session)
            closeClient(client)
            return
        }
        pump(session)
    }

    /// Begins the end of a connection: it stays for as long as it has streams.
    func drainHTTP2(_ client: ClientConnection) {
        guard let session = client.http2 else { return }
        session.drain()
        pump(session)
    }

    /// Ends all streams of a connection that is going.
    func leaveHTTP2(_ client: ClientConnection) {
        guard let session = client.http2 else { return }
        while let stream = session.streams.last {
            stream.isGone = true
            streamClosed(stream)
        }
        client.http2 = nil
    }
}
