internal import Glibc
internal import PoolHTTP
internal import PoolModel
internal import PoolOS
internal import Synchronization

extension ProxyLoop {
    /// The worker's stream ended (`result` 0) or broke (-1, errno is still set).
    func upstreamEnded(_ upstream: UpstreamConnection, _ exchange: Exchange, _ result: Int) {
        let code = result < 0 ? errno : 0
        switch upstream.phase {
        case .answering:
            if code == 0 && exchange.responseBody.isCompleteAtEnd {
                exchange.keepsWorker = false
                finish(upstream, exchange, extra: 0)
            } else {
                noteFailure(exchange, "the answer was cut off")
                count(.errors, exchange)
                cut(exchange, cause: .worker)
            }
        case .awaiting:
            if exchange.hasAnswer && upstream.input != nil {
                noteFailure(exchange, "the answer's head was cut off")
                refuseForWorker(exchange, status: 502, reason: "worker-closed; phase=header; part=head")
            } else {
                upstreamFailed(upstream, exchange, code == 0 ? .endOfStream : .reset, errno: code)
            }
        case .connecting, .idle, .tunnel: closeUpstream(upstream)
        }
    }

    /// An exchange with a worker failed before its answer: it is sent again where that is safe, else the client is told.
    func upstreamFailed(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ failure: RetryRule.Failure,
        errno code: Int32
    ) {
        let pool = upstream.pool
        let isReused = upstream.served > 0
        let neverArrived = failure == .endOfStream && neverArrived(upstream, exchange)
        if isReused {
            let sent = exchange.sentAt / 1_000_000
            pool.idleLimit.closed(idle: sent &- min(sent, upstream.idleSince), now: milliseconds)
        }
        detach(exchange)
        closeUpstream(upstream)
        let rule = RetryRule(
            neverArrived ? .sendNothing : failure,
            method: exchange.method,
            isReused: isReused,
            isUnixSocket: pool.target.socketAddress.family == AF_UNIX,
            isHeld: exchange.isHeldWhole,
            hasResponseBegun: exchange.hasAnswer
        )
        switch rule.verdict {
        case .onFresh where exchange.replays < ProxyBounds.replaysMax && !pool.isRetired:
            exchange.replays += 1
            if !exchange.isProbe { pool.stats.add(.replayed) }
            sendRequest(exchange, onFresh: true)
            return
        case .onFresh, .onAnother:
            if !isReused { noteFailure(exchange, "connection lost before the answer") }
            if retryElsewhere(exchange) { return }
        case .no: noteFailure(exchange, "connection lost before the answer")
        }
        let how = failure == .endOfStream ? "closed" : "reset"
        refuseForWorker(
            exchange,
            status: 502,
            reason: "worker-\(how); phase=header\(code == 0 ? "" : "; errno=\(code)")"
        )
    }

    /// The first byte of the answer is late. The worker may be stuck: an idempotent request gets one more, at another.
    func firstByteLate(_ upstream: UpstreamConnection, _ exchange: Exchange) {
        count(.timeouts, exchange)
        noteFailure(exchange, "no answer in time")
        let rule = RetryRule(
            .timedOut,
            method: exchange.method,
            isReused: upstream.served > 0,
            isUnixSocket: upstream.pool.target.socketAddress.family == AF_UNIX,
            isHeld: exchange.isHeldWhole,
            hasResponseBegun: exchange.hasAnswer
        )
        if rule.verdict != .no && !exchange.hasTimedOut {
            exchange.hasTimedOut = true
            detach(exchange)
            closeUpstream(upstream)
            if retryElsewhere(exchange) { return }
        }
        count(.errors, exchange)
        refuse(exchange, ProxyAnswers.firstByteTimeout, cause: .workerTimeout)
    }

    /// Whether the kernel shows that a stream ended before our bytes came, though their send succeeded.
    ///
    /// On TCP a close just before our send looks like one after the request was read; but then a reset answers our bytes,
    /// or they are never acknowledged. Once more than one piece was sent, the reset may be an answer to a later one. A
    /// unix socket tells the two apart by itself: EPIPE, or ECONNRESET, or a clean end.
    private func neverArrived(_ upstream: UpstreamConnection, _ exchange: Exchange) -> Bool {
        guard upstream.pool.target.socketAddress.family != AF_UNIX, upstream.served > 0, !exchange.hasSentMore else {
            return false
        }
        if exchange.isWriteBroken { return exchange.writeErrno == EPIPE || exchange.writeErrno == ECONNRESET }
        var pending: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(upstream.descriptor, SOL_SOCKET, SO_ERROR, &pending, &length)
        if pending == EPIPE || pending == ECONNRESET { return true }
        var unacknowledged: Int32 = 0
        _ = ioctl(upstream.descriptor, UInt(TIOCOUTQ), &unacknowledged)
        return unacknowledged > 0 && Int(unacknowledged) >= exchange.held?.count ?? .max
    }

    /// Sends the request to another worker, if the budget and the table have one. False where it is for the caller to fail.
    private func retryElsewhere(_ exchange: Exchange) -> Bool {
        guard !exchange.isProbe, exchange.repeats < ProxyBounds.repeatsMax, exchange.service.budget.takeRetry() else {
            return false
        }
        exchange.repeats += 1
        let pool = exchange.pool
        exchange.markTried(exchange.memberIndex)
        var choice = choose(exchange)
        if choice == .nobody, !exchange.hasTimedOut, exchange.service.canQueue {
            // There is no other: the same one after a pause. It may have lost only one process of several; or it is
            // about to end, and its listening socket, closed last, would take the request into the grave once more.
            exchange.isPaused = true
            choice = .wait
        }
        guard choice != .nobody else { return false }
        pool?.stats.add(.retries)
        releaseWorker(exchange)
        follow(choice, exchange)
        return true
    }

    /// The worker could not be connected to: nothing was sent, so another one takes the request.
    func connectFailed(_ exchange: Exchange, errno code: Int32) {
        guard let pool = exchange.pool, let member = exchange.member else { return }
        exchange.connectErrno = code
        count(.connectFailures, exchange)
        if exchange.isProbe {
            refuseForWorker(
                exchange,
                status: code == ETIMEDOUT ? 504 : 502,
                reason: "connect-failed; errno=\(code); phase=connect"
            )
            return
        }
        // A full backlog is no absence: the worker stays in the rotation, the request looks elsewhere.
        if code != EAGAIN { markUnreachable(member, code) }
        exchange.markTried(exchange.memberIndex)
        releaseWorker(exchange)
        guard exchange.attempts < 64 else {
            refuseForNobody(exchange)
            return
        }
        let choice = choose(exchange)
        if case .member = choice { pool.stats.add(.retries) }
        follow(choice, exchange)
    }

    /// Takes a worker out of the rotation of all loops, until the next table or for a while; the manager is told once.
    private func markUnreachable(_ member: Member, _ code: Int32) {
        let until = milliseconds + ProxyBounds.unreachableMilliseconds
        let before = member.unreachableUntil.exchange(until, ordering: .relaxed)
        guard before <= milliseconds else { return }
        let target = member.target
        shared.report(.connectFailed(worker: target.id, life: target.life, errno: code))
    }

    /// Passive health: the worker failed a request.
    @inline(never)
    func noteFailure(_ exchange: Exchange, kind failure: EjectionMachine.Failure = .noAnswer, _ detail: String) {
        guard !exchange.isProbe, let pool = exchange.pool else { return }
        let table = exchange.service.table
        guard table.balance.ejection.isOn else { return }
        let target = pool.target
        switch table.health.failed(target, failure, members: table.members, now: milliseconds) {
        case .counted: break
        case .spared:
            notePanic(exchange, pool, "\(target.name) fails (\(detail)) and stays in the rotation: too few are better")
        case .ejected(_, .inARow(let failures)):
            pool.stats.add(.ejections)
            shared.report(.suspect(worker: target.id, life: target.life, failures: failures, detail: detail))
        case .ejected(_, .share(let percent, let others)):
            pool.stats.add(.ejections)
            let text = "\(percent) % of its answers are errors, \(others) % of the others' (last: \(detail))"
            shared.report(.suspect(worker: target.id, life: target.life, failures: 0, detail: text))
        }
    }

    /// Panic mode: a worker that traffic shows to be bad is used, because there is nothing better.
    func notePanic(_ exchange: Exchange, _ pool: UpstreamPool, _ detail: String) {
        guard !exchange.isProbe else { return }
        pool.stats.add(.panics)
        guard exchange.service.table.health.beginsPanic(now: milliseconds) else { return }
        shared.report(.panic(pool: exchange.service.table.name, detail: detail))
    }

    /// What the worker sent is no HTTP, or not what it began as.
    func badAnswer(_ upstream: UpstreamConnection, _ exchange: Exchange, _ fault: HTTPFault) {
        noteFailure(exchange, "malformed answer: \(fault.explanation)")
        refuseForWorker(exchange, status: 502, reason: "bad-answer; fault=\(fault.label); phase=header")
    }

    /// The answer has begun and cannot be finished: the client must not take it for whole.
    func cut(_ exchange: Exchange, cause: Termination.Cause) {
        let client = exchange.client
        let looksWhole = exchange.coding == .untilClose || exchange.coding == .dechunked
        end(exchange, cause: cause)
        if looksWhole { resetClient(client) } else { closeClient(client) }
    }
}
