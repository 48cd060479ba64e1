internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import Synchronization
internal import PoolOS

/// What a choice came to.
enum Choice: Equatable {
    /// This member of the table; a place is reserved at it.
    case member(Int)
    /// All that could take it are full, or nobody is routable and requests are held: it waits.
    case wait
    case nobody
}

extension ProxyLoop {
    /// Acts on a choice for a request that is held.
    func follow(_ choice: Choice, _ exchange: Exchange) {
        switch choice {
        case .member(let index): dispatch(exchange, to: index)
        case .wait: enqueue(exchange)
        case .nobody: refuseForNobody(exchange)
        }
    }

    /// Takes back what a choice reserved, for an exchange that was refused before it was dispatched.
    func giveUp(_ choice: Choice, _ service: PoolService) {
        guard case .member(let index) = choice else { return }
        service.pools[index].target.release()
        offerPlace(service)
    }

    /// Sends the request to a worker at which a place is reserved.
    @inline(__always)
    func dispatch(_ exchange: Exchange, to index: Int) {
        let service = exchange.service
        let pool = service.pools[index]
        exchange.pool = pool
        exchange.member = service.table.members[index]
        exchange.memberIndex = index
        exchange.attempts &+= 1
        exchange.chosenAt = nanoseconds
        pool.stats.add(.inFlight)
        sendRequest(exchange, onFresh: false)
    }

    /// Sends what is held on an idle connection, or on a new one.
    func sendRequest(_ exchange: Exchange, onFresh: Bool) {
        guard let pool = exchange.pool else { return }
        // A header at its beginning makes a connection that client's: nobody else may use it.
        if !onFresh, exchange.service.table.sentProxyHeader == 0, let idle = takeIdle(pool) {
            attach(idle, to: exchange)
            sendHeld(exchange, idle)
            return
        }
        connect(exchange, pool)
    }

    /// The connection used last, unless it has been idle for too long: then all have.
    @inline(__always)
    private func takeIdle(_ pool: UpstreamPool) -> UpstreamConnection? {
        guard let idle = pool.takeIdle() else { return nil }
        if milliseconds &- idle.idleSince < pool.idleLimit.retireAfter(milliseconds) { return idle }
        pool.putIdle(idle, now: idle.idleSince)
        retireIdle(pool)
        return nil
    }

    /// Closes all idle connections of a pool before the worker does.
    private func retireIdle(_ pool: UpstreamPool) {
        while let idle = pool.oldestIdle {
            pool.stats.add(.raceAvoided)
            closeUpstream(idle)
        }
    }

    @inline(__always)
    private func attach(_ upstream: UpstreamConnection, to exchange: Exchange) {
        upstream.exchange = exchange
        upstream.phase = .awaiting
        exchange.upstream = upstream
    }

    @inline(never)
    private func connect(_ exchange: Exchange, _ pool: UpstreamPool) {
        let address = pool.target.socketAddress
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else {
            refuse(exchange, ProxyAnswers.noDescriptors, cause: .resources)
            return
        }
        if address.family != AF_UNIX {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        let failure = address.withPointer { Glibc.connect(descriptor, $0, $1) } == 0 ? 0 : errno
        guard failure == 0 || failure == EINPROGRESS else {
            Glibc.close(descriptor)
            connectFailed(exchange, errno: failure)
            return
        }
        let upstream = UpstreamConnection(descriptor: descriptor, pool: pool)
        let isOnItsWay = failure == EINPROGRESS
        upstream.wantsWrite = isOnItsWay
        let events = POOL_EPOLLIN | POOL_EPOLLRDHUP | POOL_EPOLLET | (isOnItsWay ? POOL_EPOLLOUT : 0)
        guard register(upstream, events: events) else {
            Glibc.close(descriptor)
            refuse(exchange, ProxyAnswers.noDescriptors, cause: .resources)
            return
        }
        pool.stats.add(.connects)
        attach(upstream, to: exchange)
        if isOnItsWay {
            upstream.phase = .connecting
            deadlines.set(upstream.index, at: milliseconds + exchange.service.table.times.connect)
        } else {
            connected(exchange, upstream)
        }
    }

    /// A connection that was on its way is there, or has failed.
    func connectEnded(_ upstream: UpstreamConnection) {
        guard let exchange = upstream.exchange else {
            closeUpstream(upstream)
            return
        }
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(upstream.descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        if failure != 0 {
            detach(exchange)
            closeUpstream(upstream)
            connectFailed(exchange, errno: failure)
            return
        }
        upstream.phase = .awaiting
        connected(exchange, upstream)
    }

    private func connected(_ exchange: Exchange, _ upstream: UpstreamConnection) {
        if let member = exchange.member, member.unreachableUntil.load(ordering: .relaxed) != 0 {
            member.unreachableUntil.store(0, ordering: .relaxed)
        }
        exchange.connectedAt = readClock()
        sendHeld(exchange, upstream)
    }

    @inline(__always)
    private func sendHeld(_ exchange: Exchange, _ upstream: UpstreamConnection) {
        guard let held = exchange.held else { return }
        exchange.sentAt = nanoseconds
        exchange.hasSentMore = false
        let version = exchange.service.table.sentProxyHeader
        let failure =
            version == 0 || upstream.served > 0
            ? send(upstream, held.bytes, held.count) : sendIntroduced(exchange, upstream, held, version)
        if failure != 0 {
            if failure == ENOBUFS {
                refuse(exchange, ProxyAnswers.noMemory, cause: .resources)
            } else {
                upstreamFailed(upstream, exchange, .sendNothing, errno: failure)
            }
            return
        }
        armUpstream(upstream)
        if exchange.client.phase == .body && exchange.client.mayRead { later(exchange.client) }
    }

    /// The first bytes of a worker's connection say whom it is for.
    @inline(never)
    private func sendIntroduced(
        _ exchange: Exchange,
        _ upstream: UpstreamConnection,
        _ held: Buffer,
        _ version: Int
    ) -> Int32 {
        upstream.isOneClients = true
        return send(upstream, head: out, writeProxyHeader(exchange, version: version), held.bytes, held.count)
    }

    /// Puts a request into its pool's queue.
    func enqueue(_ exchange: Exchange) {
        let service = exchange.service
        guard service.canQueue else {
            refuse(exchange, ProxyAnswers.queueFull)
            return
        }
        service.waiting.enter(exchange)
        shared.waiting.wrappingAdd(1, ordering: .sequentiallyConsistent)
        // A place given back between the look that failed and this count woke nobody: look once more.
        if service.table.inFlightMax != nil, wantsToServe.last !== service { wantsToServe.append(service) }
        own.add(.queued)
        let limit = service.table.gate?.deadline(now: milliseconds) ?? milliseconds + service.table.times.queue
        let pause = exchange.isPaused ? milliseconds + ProxyBounds.pauseMilliseconds : limit
        deadlines.set(exchange.client.index, at: min(limit, pause))
        if exchange.client.sawHangup { sound(exchange.client, exchange) }
    }

    /// Takes a request out of the queue: its client went, or its time is over.
    func leaveQueue(_ exchange: Exchange) {
        guard exchange.isQueued else { return }
        exchange.service.waiting.leave(exchange)
        leftQueue()
    }

    func leftQueue() {
        shared.waiting.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        own.subtract(.queued)
    }

    /// Gives those who wait the places that have become free. Who waits for something else, a pause or a worker that it
    /// has not tried, does not keep the others from them.
    func serveWaiting(_ service: PoolService) {
        var passed = 0
        while let exchange = service.waiting.next(passing: passed) {
            let choice = choose(exchange)
            if choice == .wait {
                service.waiting.putBack(exchange, passing: passed)
                guard exchange.isPaused || exchange.tried != 0, passed < ProxyBounds.passedOverMax else { return }
                passed += 1
                continue
            }
            passed = 0
            leftQueue()
            exchange.isPaused = false
            let client = exchange.client
            follow(choice, exchange)
            if !client.isClosed, client.exchange === exchange { armClient(client) }
        }
    }
}
