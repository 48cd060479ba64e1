internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolOS
internal import Synchronization

extension ProxyLoop {
    func takeOrders() {
        for order in mailbox.take() {
            switch order {
            case .swap(let version, let pools): swap(to: pools, version: version)
            case .listen(let name, let descriptor): listen(name, descriptor)
            case .unlisten(let name): unlisten(name)
            case .adopt(let descriptor, let name, let peer): adopt(descriptor, from: name, peer: peer)
            case .serveWaiting: services.values.forEach(serveWaiting)
            case .reopenLogs: logs.reopen()
            case .drain(let grace): drain(grace: grace)
            case .stop: isFinished = true
            }
        }
    }

    /// Takes a new routing table: requests under way end by the old one, the next ones begin by this.
    private func swap(to tables: [PoolTable], version: UInt64) {
        let before = services
        services = [:]
        var wanted: Set<Int> = []
        for table in tables {
            let pools = table.members.map { upstreamPool(for: $0.target, table) }
            wanted.formUnion(table.members.map(\.target.slot))
            if let service = before[table.name] {
                service.swap(to: table, pools: pools)
                services[table.name] = service
            } else {
                let seed = KeyHash.mix(requestSeed &+ UInt64(number))
                services[table.name] = PoolService(table: table, pools: pools, seed: seed)
            }
        }
        for (slot, pool) in upstreamPools where !wanted.contains(slot) {
            retire(pool)
            upstreamPools[slot] = nil
        }
        let memory = tables.reduce(UInt64(0)) { $0 &+ $1.front.limits.memoryMax } / UInt64(shared.states.count)
        buffers.lentMax = max(ProxyBounds.bufferBytesMin, Int(clamping: memory))
        own.set(.bufferBytesMax, UInt64(buffers.lentMax))
        tableVersion = version
        own.set(.routesVersion, version)
        logs.configure(tables)
        for service in services.values { service.log = logs.file(of: service.table.name) }
        listeners.values.forEach(route)
        files.clear()
        for (name, service) in before where services[name] == nil { refuseWaiting(service) }
        services.values.forEach(serveWaiting)
        shared.states[number].version.store(version, ordering: .releasing)
        shared.wakeControl()
    }

    /// The connections to a worker's life: those that are there, or none yet.
    private func upstreamPool(for target: WorkerTarget, _ table: PoolTable) -> UpstreamPool {
        if let pool = upstreamPools[target.slot] {
            if pool.target === target {
                pool.idleLimit.most = table.times.upstreamIdle
                return pool
            }
            retire(pool)
        }
        let stats = stats.block(slot: target.slot)
        if claimedSlots.insert(target.slot).inserted { stats.zeroGauges() }
        let pool = UpstreamPool(target: target, stats: stats, idleMax: table.times.upstreamIdle)
        upstreamPools[target.slot] = pool
        return pool
    }

    /// The worker's life is over: its idle connections go, those under way go behind their answer.
    private func retire(_ pool: UpstreamPool) {
        pool.isRetired = true
        while let idle = pool.oldestIdle { closeUpstream(idle) }
    }

    /// A pool that is no longer in the table: those who wait for it wait in vain.
    private func refuseWaiting(_ service: PoolService) {
        while let exchange = service.waiting.next() {
            leftQueue()
            refuse(exchange, ProxyAnswers.noPool)
        }
    }

    /// Finds a listener's pool in the table.
    private func route(_ listener: ListenerEndpoint) {
        if listener.isProbe {
            // Any pool will do: a probe names its worker.
            listener.route = services.values.first.flatMap { service in
                service.table.entry(of: listener.name).map { ListenerRoute(service: service, entry: $0) }
            }
            return
        }
        let names = services.values.first?.table.shared[listener.name] ?? []
        let fronts = names.compactMap { name in
            services[name].flatMap { service in
                service.table.entry(of: listener.name).map { ListenerRoute(service: service, entry: $0) }
            }
        }
        listener.route = fronts.count > 1 ? ListenerRoute(fronts) : fronts.first
    }

    private func listen(_ name: String, _ descriptor: FileDescriptor) {
        unlisten(name)
        let listener = ListenerEndpoint(
            name: name,
            isProbe: name == ProbeHeader.listener,
            descriptor: descriptor.release()
        )
        endpoints.add(listener)
        deadlines.reserve(listener.index)
        deadlines.clear(listener.index)
        listeners[name] = listener
        route(listener)
        poll(listener)
    }

    private func unlisten(_ name: String) {
        guard let listener = listeners.removeValue(forKey: name) else { return }
        leave(listener)
        deadlines.clear(listener.index)
        endpoints.remove(listener)
    }

    /// Accepts nothing more. The keeper has the socket too, so that its backlog is the next proxy process's; but one that
    /// is taken out of the profile meanwhile must not stay open for as long as this process has clients.
    private func leave(_ listener: ListenerEndpoint) {
        if listener.isPolled {
            listener.isPolled = false
            _ = pool_epoll_control(epoll, EPOLL_CTL_DEL, listener.descriptor, 0, 0)
        }
        if listener.descriptor >= 0 { close(listener.descriptor) }
        listener.descriptor = -1
    }

    /// Accepts nothing more. Clients that are between requests may be about to send the next one: they are answered with
    /// `Connection: close`, and closed only when they have been idle for the grace.
    private func drain(grace: UInt64) {
        isDraining = true
        drainGrace = grace
        listeners.values.forEach(leave)
        shared.acceptNoMore(number)
        for index in 0..<endpoints.extent {
            guard let endpoint = endpoints.at(index), endpoint.kind == .client else { continue }
            let client = unsafeDowncast(endpoint, to: ClientConnection.self)
            if client.http2 != nil { drainHTTP2(client) }
            let isBetween = client.phase == .waiting || client.phase == .preface
            // A handshake keeps its own time: the request comes behind it.
            guard isBetween, !client.isHeadTimed, !client.isShakingHands, client.output == nil else { continue }
            let idle = client.listener.route?.service.table.times.clientIdle ?? 0
            let deadline = deadlines.deadline(index)
            let since = deadline == DeadlineTable.never ? milliseconds : deadline &- min(idle, deadline)
            deadlines.set(index, at: max(milliseconds, since &+ grace))
        }
    }

    /// Nothing is left to finish.
    func finishDraining() { isFinished = true }

    /// The loop ends: what is left is cut.
    func closeEverything() {
        for case .adopt(let descriptor, _, _) in mailbox.take() { close(descriptor) }
        for index in 0..<endpoints.extent {
            guard let endpoint = endpoints.at(index), endpoint.kind == .client else { continue }
            let client = unsafeDowncast(endpoint, to: ClientConnection.self)
            if let exchange = client.exchange { end(exchange, cause: .killed) }
            closeClient(client)
        }
        upstreamPools.values.forEach(retire)
        Array(listeners.keys).forEach(unlisten)
        files.clear()
        flushLogs()
        own.set(.ownerPID, 0)
        shared.states[number].isDone.store(true, ordering: .releasing)
        shared.wakeControl()
    }
}
