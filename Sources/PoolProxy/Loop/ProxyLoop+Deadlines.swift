internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// Sets the client's deadline for the phase that it is in.
    @inline(__always)
    func armClient(_ client: ClientConnection) {
        if client.output != nil { return }
        guard let times = (client.exchange?.service ?? client.listener.route?.service)?.table.times else { return }
        switch client.phase {
        case .waiting:
            var wait = client.isHeadTimed ? times.requestHead : times.clientIdle
            if isDraining && !client.isHeadTimed { wait = min(wait, drainGrace) }
            deadlines.set(client.index, at: milliseconds &+ wait)
        case .body:
            if client.exchange?.isQueued == true { return }
            client.exchange?.bodyReadAt = milliseconds
            let rate = client.exchange?.service.table.front.limits.bodyRateMin ?? 0
            guard rate > 0 else {
                deadlines.set(client.index, at: milliseconds &+ times.requestBody)
                return
            }
            // A rate is looked at every second at least: bytes that trickle in must not put that off.
            let next = milliseconds &+ min(times.requestBody, 1000)
            if deadlines.deadline(client.index) > next { deadlines.set(client.index, at: next) }
        case .answering:
            if client.exchange?.isQueued == true { return }
            if client.sawHangup, let exchange = client.exchange, mustSound(client, exchange) {
                deadlines.set(client.index, at: milliseconds &+ ProxyBounds.soundingMilliseconds)
            } else {
                deadlines.clear(client.index)
            }
        case .tunnel: deadlines.set(client.index, at: milliseconds &+ times.tunnelIdle)
        case .http2: armHTTP2(client, times)
        case .preface:
            deadlines.set(client.index, at: milliseconds &+ (client.isHeadTimed ? times.requestHead : times.clientIdle))
        case .flushing, .lingering, .proxyHeader: break
        }
    }

    /// The client has output to take.
    func armSend(_ client: ClientConnection) {
        let times = client.listener.route?.service.table.times
        deadlines.set(client.index, at: milliseconds &+ (times?.send ?? 60_000))
        // A stream has its own output; what the socket holds is everybody's.
        if !client.isStream { client.untaken = untaken(client) }
    }

    /// What the client's socket holds of our output, in bytes.
    func untaken(_ client: ClientConnection) -> Int32 {
        var count: Int32 = 0
        _ = ioctl(client.descriptor, UInt(TIOCOUTQ), &count)
        return count
    }

    /// A slow reader is no stuck one. The socket becomes writable only when a third of it is free, which can take a slow
    /// reader longer than it has: what it has taken of it counts too.
    private func hasTaken(_ client: ClientConnection) -> Bool {
        client.isStream ? isWaitingItsTurn(client) : untaken(client) < client.untaken
    }

    /// Sets the deadline for what is awaited of the worker.
    @inline(__always)
    func armUpstream(_ upstream: UpstreamConnection) {
        guard let exchange = upstream.exchange else { return }
        if exchange.client.isHeld {
            deadlines.clear(upstream.index)
            return
        }
        let times = exchange.service.table.times
        switch upstream.phase {
        case .awaiting:
            if exchange.isRequestWhole || upstream.output != nil {
                deadlines.set(upstream.index, at: milliseconds &+ times.firstByte)
            } else {
                // It is the client's turn, which has its own time.
                deadlines.clear(upstream.index)
            }
        case .answering:
            if exchange.client.output == nil {
                deadlines.set(upstream.index, at: milliseconds &+ times.betweenBytes)
            } else {
                deadlines.clear(upstream.index)
            }
        case .connecting, .idle, .tunnel: break
        }
    }

    func runDeadlines() {
        deadlines.scan(now: milliseconds, count: endpoints.extent, into: &dueDeadlines)
        guard !dueDeadlines.isEmpty else { return }
        let due = dueDeadlines
        for index in due {
            guard let endpoint = endpoints.at(index) else { continue }
            // Acting on one deadline may have given another of this scan a new life.
            guard deadlines.deadline(index) == DeadlineTable.never else { continue }
            switch endpoint.kind {
            case .client: clientLate(unsafeDowncast(endpoint, to: ClientConnection.self))
            case .upstream: upstreamLate(unsafeDowncast(endpoint, to: UpstreamConnection.self))
            case .listener: poll(unsafeDowncast(endpoint, to: ListenerEndpoint.self))
            case .waker: break
            }
        }
    }

    private func clientLate(_ client: ClientConnection) {
        if client.output != nil || client.exchange?.delivery != nil {
            if hasTaken(client) {
                armSend(client)
                return
            }
            // It does not read its answer.
            if let exchange = client.exchange { end(exchange, cause: .clientTimeout) }
            resetClient(client)
            return
        }
        switch client.phase {
        case .waiting:
            if client.isHeadTimed {
                refuse(client, ProxyAnswers.headTimeout)
            } else {
                closeIdle(client)
            }
        case .body, .answering:
            guard let exchange = client.exchange else { return }
            if exchange.isQueued {
                waitedTooLong(exchange)
            } else if client.phase == .body {
                bodyLate(client, exchange)
            } else {
                sound(client, exchange)
            }
        case .tunnel:
            if let exchange = client.exchange { endTunnel(exchange) }
        case .http2: http2Late(client)
        case .flushing:
            // The head of an answer, or its end, waits behind other streams.
            if client.isStream && isWaitingItsTurn(client) { armSend(client) } else { closeClient(client) }
        case .lingering, .proxyHeader, .preface: closeClient(client)
        }
    }

    /// Closes a client that has been idle for long enough, unless its next request has come since the events were taken:
    /// closed on top of that it would be lost.
    private func closeIdle(_ client: ClientConnection) {
        var byte: UInt8 = 0
        guard !client.sawHangup, recv(client.descriptor, &byte, 1, Int32(MSG_PEEK)) > 0 else {
            if client.tls != nil { sayEnd(client) }
            closeClient(client)
            return
        }
        armClient(client)
        client.mayRead = true
        advance(client)
    }

    /// The time in the queue is over: where it was a hold's, that may be the time to serve.
    private func waitedTooLong(_ exchange: Exchange) {
        let gate = exchange.service.table.gate
        let client = exchange.client
        if let gate, gate.serves(now: milliseconds) {
            serveWaiting(exchange.service)
            // Exchanges are used again: what waits now may be somebody else's.
            guard client.exchange === exchange, exchange.isQueued else { return }
            // Every worker is busy: from here on it is a wait like any other.
            deadlines.set(client.index, at: milliseconds + exchange.service.table.times.queue)
            return
        }
        leaveQueue(exchange)
        if exchange.isPaused { return goOn(exchange) }
        if gate == nil, exchange.connectErrno != 0 { return refuseForNobody(exchange) }
        refuse(exchange, gate?.answer ?? ProxyAnswers.queueTimeout)
    }

    /// The pause before a request goes to the same worker again is over.
    private func goOn(_ exchange: Exchange) {
        let client = exchange.client
        exchange.isPaused = false
        exchange.tried = 0
        follow(choose(exchange), exchange)
        if !client.isClosed, client.exchange === exchange { armClient(client) }
    }

    /// The next part of a body is late, or the time has come to look at its rate.
    private func bodyLate(_ client: ClientConnection, _ exchange: Exchange) {
        let table = exchange.service.table
        let rate = UInt64(max(0, table.front.limits.bodyRateMin))
        let elapsed = milliseconds &- exchange.bodySince
        // What the worker does not take is not the client's fault.
        let isBlocked = !takesBody(exchange)
        if !isBlocked && milliseconds &- exchange.bodyReadAt >= table.times.requestBody {
            refuse(exchange, ProxyAnswers.bodyTimeout, cause: .clientTimeout)
        } else if !isBlocked && rate > 0 && elapsed > min(ProxyBounds.rateGraceMilliseconds, table.times.requestBody)
            && exchange.bytesIn * 1000 < rate * elapsed
        {
            refuse(exchange, ProxyAnswers.bodyTooSlow, cause: .clientTimeout)
        } else {
            if isBlocked { exchange.bodyReadAt = milliseconds }
            let wait = rate > 0 ? min(table.times.requestBody, 1000) : table.times.requestBody
            deadlines.set(client.index, at: milliseconds &+ wait)
        }
    }

    private func upstreamLate(_ upstream: UpstreamConnection) {
        switch upstream.phase {
        case .idle:
            upstream.pool.stats.add(.raceAvoided)
            closeUpstream(upstream)
        case .connecting:
            guard let exchange = upstream.exchange else { return }
            count(.timeouts, exchange)
            detach(exchange)
            closeUpstream(upstream)
            connectFailed(exchange, errno: ETIMEDOUT)
        case .awaiting:
            guard let exchange = upstream.exchange else { return }
            firstByteLate(upstream, exchange)
        case .answering:
            guard let exchange = upstream.exchange else { return }
            count(.timeouts, exchange)
            count(.errors, exchange)
            noteFailure(exchange, "the answer stalled")
            cut(exchange, cause: .workerTimeout)
        case .tunnel: break
        }
    }
}
