internal import CPoolOS
internal import Glibc
internal import PoolModel

extension ProxyLoop {
    /// Polls until it is told to stop.
    func run() {
        let capacity = ProxyBounds.eventsPerTurn
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        defer { events.deallocate() }
        while !isFinished {
            updateClock()
            let timeout = deferred.isEmpty ? sleepTime() : 0
            let count = pool_epoll_wait(epoll, events, Int32(capacity), timeout)
            updateClock()
            turn &+= 1
            var index = 0
            while index < Int(count) {
                // The structure is packed: fields are copied out, never pointed at.
                handle(events[index].events, cookie: events[index].data.u64)
                index &+= 1
            }
            if deadlines.isDue(now: milliseconds) { runDeadlines() }
            if !yielded.isEmpty && milliseconds > yieldedAt { takeYielded() }
            if !wantsToServe.isEmpty { serveFreed() }
            if !deferred.isEmpty { runDeferred() }
            if milliseconds >= nextTick { tick() }
            own.set(.bufferBytes, UInt64(buffers.lent))
            if buffers.refusals != 0 { noteRefusals() }
            if isDraining && clientCount == 0 && shared.isQuiet(number) { finishDraining() }
        }
        closeEverything()
    }

    private func sleepTime() -> Int32 {
        if !yielded.isEmpty { return 1 }
        let sleep = deadlines.sleep(now: milliseconds)
        guard needsTick else { return sleep }
        let untilTick = Int32(clamping: nextTick > milliseconds ? nextTick - milliseconds : 0)
        return sleep < 0 ? untilTick : min(sleep, untilTick)
    }

    @inline(__always)
    private func handle(_ flags: UInt32, cookie: UInt64) {
        // Closed earlier in this batch: the event is the old tenant's.
        guard let endpoint = endpoints.find(cookie) else { return }
        switch endpoint.kind {
        case .client: clientEvent(unsafeDowncast(endpoint, to: ClientConnection.self), flags)
        case .upstream: upstreamEvent(unsafeDowncast(endpoint, to: UpstreamConnection.self), flags)
        case .listener: acceptClients(unsafeDowncast(endpoint, to: ListenerEndpoint.self))
        case .waker: takeOrders()
        }
    }

    /// Connections were cut for want of memory.
    private func noteRefusals() {
        own.add(.noMemory, buffers.refusals)
        buffers.refusals = 0
    }

    private func takeYielded() {
        wantsToServe += yielded
        yielded.removeAll(keepingCapacity: true)
    }

    private func serveFreed() {
        let services = wantsToServe
        wantsToServe.removeAll(keepingCapacity: true)
        services.forEach(serveWaiting)
    }

    private func runDeferred() {
        let cookies = deferred
        deferred.removeAll(keepingCapacity: true)
        for cookie in cookies {
            guard let endpoint = endpoints.find(cookie) else { continue }
            switch endpoint.kind {
            case .client:
                let client = unsafeDowncast(endpoint, to: ClientConnection.self)
                client.isDeferred = false
                advance(client)
            case .upstream:
                let upstream = unsafeDowncast(endpoint, to: UpstreamConnection.self)
                upstream.isDeferred = false
                advance(upstream)
            case .listener, .waker: break
            }
        }
    }
}
