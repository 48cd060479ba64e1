internal import CPoolOS
internal import Glibc

/// The workers' connections: what is read of them when, and what of it is an answer.
extension ProxyLoop {
    @inline(__always)
    func upstreamEvent(_ upstream: UpstreamConnection, _ flags: UInt32) {
        if flags & (POOL_EPOLLRDHUP | POOL_EPOLLHUP | POOL_EPOLLERR) != 0 { upstream.sawHangup = true }
        if upstream.phase == .connecting {
            if flags & (POOL_EPOLLOUT | POOL_EPOLLHUP | POOL_EPOLLERR) == 0 { return }
            connectEnded(upstream)
            if upstream.isClosed { return }
        } else if flags & POOL_EPOLLOUT != 0 && upstream.output != nil {
            flushUpstream(upstream)
            if upstream.isClosed { return }
        }
        if flags & ~POOL_EPOLLOUT != 0 {
            upstream.mayRead = true
            advance(upstream)
        }
    }

    private func flushUpstream(_ upstream: UpstreamConnection) {
        let failure = flush(upstream)
        guard let exchange = upstream.exchange else { return }
        if failure != 0 {
            exchange.isWriteBroken = true
            exchange.writeErrno = failure
            upstream.sawHangup = true
            upstream.mayRead = true
            return
        }
        armUpstream(upstream)
        if upstream.output == nil {
            if exchange.clientEnded { shutdown(upstream.descriptor, Int32(SHUT_WR)) }
            later(exchange.client)
        }
    }

    /// Reads the worker's side for as long as the client's takes it.
    func advance(_ upstream: UpstreamConnection) {
        var reads = ProxyBounds.readsPerTurn
        while !upstream.isClosed && upstream.mayRead {
            guard upstream.phase != .connecting else { return }
            guard let exchange = upstream.exchange else {
                readIdle(upstream)
                return
            }
            // Back-pressure: nothing is read for a client that has not taken what it got.
            guard exchange.client.output == nil else { return }
            if exchange.client.isStream && holds(exchange.client) { return }
            guard reads > 0 else {
                later(upstream)
                return
            }
            reads -= 1
            switch upstream.phase {
            case .awaiting: readHead(upstream, exchange)
            case .answering: readAnswer(upstream, exchange)
            case .tunnel:
                if exchange.workerEnded { return }
                passOn(from: upstream, to: exchange.client, exchange)
            case .idle, .connecting: return
            }
        }
    }

    /// An idle connection has nothing to say: the worker closes it, or is out of step. Either way it goes.
    private func readIdle(_ upstream: UpstreamConnection) {
        guard let count = receive(upstream, scratch, 1) else { return }
        if count <= 0 && upstream.served > 0 {
            upstream.pool.idleLimit.closed(idle: milliseconds &- upstream.idleSince, now: milliseconds)
        }
        closeUpstream(upstream)
    }
}
