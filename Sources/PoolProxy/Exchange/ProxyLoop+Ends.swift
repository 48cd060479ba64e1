internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import Synchronization

extension ProxyLoop {
    /// The answer is whole, and handed to the client's socket or its buffer.
    @inline(__always)
    func finish(_ upstream: UpstreamConnection, _ exchange: Exchange, extra: Int) {
        let client = exchange.client
        if exchange.gzip != nil && !endCompression(exchange) { return clientGone(client) }
        // Bytes behind the answer are nobody's: the worker is out of step.
        let isClean =
            exchange.keepsWorker && exchange.isRequestWhole && !exchange.isWriteBroken && extra == 0
            && upstream.output == nil && !upstream.sawHangup && !upstream.mayRead && !upstream.isOneClients
        upstream.exchange = nil
        exchange.upstream = nil
        upstream.served &+= 1
        let pool = upstream.pool
        if isClean && !pool.isRetired && pool.idleCount < ProxyBounds.idlePerWorkerMax {
            pool.putIdle(upstream, now: milliseconds)
            deadlines.set(upstream.index, at: milliseconds &+ pool.idleLimit.retireAfter(milliseconds))
        } else {
            closeUpstream(upstream)
        }
        let closes = exchange.closesClient
        let isWhole = exchange.isRequestWhole
        end(exchange, cause: .none)
        leave(client, closes: closes, isRequestWhole: isWhole)
    }

    /// The client's connection behind an exchange: the next request, or its end.
    @inline(__always)
    func leave(_ client: ClientConnection, closes: Bool, isRequestWhole: Bool) {
        if closes || client.isAtItsLast {
            if !isRequestWhole { client.mustLinger = true }
            endClient(client)
            return
        }
        client.phase = .waiting
        client.isHeadTimed = false
        armClient(client)
        if client.input != nil || client.mayRead {
            if client.isAdvancing { return }
            advance(client)
        }
    }

    /// Takes the worker's connection from an exchange, without closing it.
    func detach(_ exchange: Exchange) {
        exchange.upstream?.exchange = nil
        exchange.upstream = nil
        // The next worker reads.
        exchange.isWriteBroken = false
    }

    /// Closes a worker's connection: idle, or detached from its exchange already or now.
    func closeUpstream(_ upstream: UpstreamConnection) {
        guard !upstream.isClosed else { return }
        if upstream.phase == .idle { upstream.pool.unlink(upstream) }
        if let exchange = upstream.exchange { detach(exchange) }
        closeSocket(upstream)
    }

    /// Drops an exchange whose client is going away: the worker's work is cancelled.
    func abandon(_ exchange: Exchange) { end(exchange, cause: .client) }

    /// Gives the worker's place back: the exchange is over, or goes to another worker.
    func releaseWorker(_ exchange: Exchange) {
        guard let pool = exchange.pool else { return }
        exchange.pool = nil
        exchange.member = nil
        pool.stats.subtract(.inFlight)
        pool.target.release()
        offerPlace(exchange.service)
    }

    /// A place at a worker is free: somebody may be waiting for it, here or in another loop. Where both do, the loops
    /// take turns, so that nobody waits for ever behind those who came later.
    func offerPlace(_ service: PoolService) {
        guard service.table.inFlightMax != nil else { return }
        let waiting = shared.waiting.load(ordering: .sequentiallyConsistent)
        let own = service.waiting.count
        if own == 0 {
            if waiting > 0 { shared.wakeOthers(than: number) }
            return
        }
        service.yieldsNext = waiting > own && !service.yieldsNext
        guard service.yieldsNext else {
            wantsToServe.append(service)
            return
        }
        shared.wakeOthers(than: number)
        if yielded.isEmpty { yieldedAt = milliseconds }
        yielded.append(service)
    }

    /// The end of an exchange, whatever it was: counts, logs, and lets everything go that hangs on it.
    @inline(__always)
    func end(_ exchange: Exchange, cause: Termination.Cause) {
        let client = exchange.client
        guard client.exchange === exchange else { return }
        account(exchange, cause)
        if let log = exchange.log { writeLog(exchange, log, cause, phase(of: exchange, cause)) }
        if let upstream = exchange.upstream {
            detach(exchange)
            closeUpstream(upstream)
        }
        if let delivery = exchange.delivery {
            exchange.delivery = nil
            leaveRoom(delivery)
        }
        if let deflater = exchange.gzip {
            exchange.gzip = nil
            deflaters.giveBack(deflater)
        }
        if exchange.isTunnel {
            exchange.isTunnel = false
            count(.tunnels, exchange, by: UInt64.max)
        }
        if exchange.isQueued { leaveQueue(exchange) }
        releaseWorker(exchange)
        release(&exchange.held)
        client.exchange = nil
        if freeExchanges.count < ProxyBounds.freeExchangesMax { freeExchanges.append(exchange) }
    }

    /// How far it had come when it ended.
    private func phase(of exchange: Exchange, _ cause: Termination.Cause) -> Termination.Phase {
        if cause == .none { return .done }
        if exchange.isTunnel { return .tunnel }
        if exchange.isHeadSent { return .data }
        if exchange.isQueued { return .queue }
        if exchange.client.phase == .body { return .body }
        if exchange.pool == nil { return exchange.attempts == 0 ? .request : .connect }
        return exchange.upstream?.phase == .connecting ? .connect : .header
    }

    /// Counts a finished exchange at its worker, or at the lane where it reached none.
    @inline(__always)
    private func account(_ exchange: Exchange, _ cause: Termination.Cause) {
        if exchange.isProbe {
            (exchange.pool?.stats ?? own).add(.probes)
            return
        }
        let block = exchange.pool?.stats ?? own
        // A tunnel's latency is the time to its beginning.
        let end = exchange.isTunnel ? exchange.firstByteAt : readClock()
        let elapsed = (end &- exchange.startedAt) / 1000
        block.add(.requests)
        block.add(.bytesIn, exchange.bytesIn &- exchange.countedIn)
        block.add(.bytesOut, exchange.bytesOut &- exchange.countedOut)
        if exchange.status != 0 { block.count(status: exchange.status) }
        block.record(microseconds: elapsed)
        guard let pool = exchange.pool else { return }
        pool.target.finished.wrappingAdd(1, ordering: .relaxed)
        if cause == .none {
            if exchange.service.table.measuresLatency { pool.target.smooth(latency: elapsed) }
            if exchange.status < 500 && pool.target.isDoubted.load(ordering: .relaxed) {
                exchange.service.table.health.succeeded(pool.target, now: milliseconds)
            }
        }
    }

    /// Counts the bytes of a long exchange while it lasts, so that the figures move.
    func countBytes(_ exchange: Exchange) {
        guard !exchange.isProbe,
            exchange.bytesIn &+ exchange.bytesOut &- exchange.countedIn &- exchange.countedOut > 1 << 18
        else { return }
        let block = exchange.pool?.stats ?? own
        block.add(.bytesIn, exchange.bytesIn &- exchange.countedIn)
        block.add(.bytesOut, exchange.bytesOut &- exchange.countedOut)
        exchange.countedIn = exchange.bytesIn
        exchange.countedOut = exchange.bytesOut
    }

    /// Counts something at the exchange's worker, or at the lane. Probes are no traffic: they count only as probes.
    func count(_ counter: StatsCounter, _ exchange: Exchange, by amount: UInt64 = 1) {
        guard !exchange.isProbe else { return }
        (exchange.pool?.stats ?? own).add(counter, amount)
    }
}
