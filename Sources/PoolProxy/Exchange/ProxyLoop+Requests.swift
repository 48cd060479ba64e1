internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// Reads a request head, and what is there of its body, and sends it on its way.
    ///
    /// - Returns: the bytes taken; 0 where the head is incomplete, or where it was refused and the client is closing.
    func beginExchange(_ client: ClientConnection, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let raw = UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self))
        guard let route = client.listener.route else {
            refuse(client, ProxyAnswers.noPool)
            return 0
        }
        let parser = route.parser
        let head = parser.request(raw, count)
        if head.consumed == 0 {
            if head.fault != .none { refuseMalformed(client, head.fault, route.service, raw, count) }
            return 0
        }
        let front = route.front(of: head, raw)
        let service = front.service
        if front !== route, case let fault = front.fault(of: head), fault != .none {
            refuseMalformed(client, fault, service, raw, count)
            return 0
        }
        client.isHeadTimed = false
        client.needsBytes = false
        let exchange = takeExchange(client, service)
        note(head, in: exchange, raw, parser)
        if client.listener.isProbe { findProbed(exchange, head, raw, parser) }
        requestNumber &+= 1
        if let log = service.log, !exchange.isProbe {
            exchange.log = log
            captureRequest(exchange, log, head, raw, parser)
        }

        var body = BodyFraming(
            of: head,
            bodyMax: service.table.front.bodyBytesMax,
            ruled: front.entry.requestPlan.ruledTrailers
        )
        if body.fault.isFault {
            refuse(exchange, ProxyAnswers.of(body.fault))
            return 0
        }
        if let mode = front.entry.clients, let answer = objection(to: client, mode) {
            exchange.isRequestWhole = body.isDone
            refuse(exchange, answer)
            return body.isDone ? head.consumed : 0
        }
        if front.entry.hasOwnAnswers,
            let taken = answerByOurselves(exchange, front.entry, head, raw, parser, hasBody: !body.isDone)
        {
            return taken
        }
        if client.isRoomy { giveRoomBack(client) }
        if head.facts.kinds.has(.maxForwards), MaxForwards.read(head, raw, fields: parser.fields) == 0 {
            exchange.isRequestWhole = body.isDone
            refuse(exchange, head.method == .options ? ProxyAnswers.lastOptions : ProxyAnswers.lastTrace)
            return body.isDone ? head.consumed : 0
        }
        if service.table.gzip != nil { exchange.takesGzip = AcceptEncoding(head, raw, fields: parser.fields).takesGzip }
        if service.table.needsKey { findKey(exchange, head, raw, parser) }
        let choice = exchange.isProbe ? chooseProbed(exchange) : choose(exchange)
        // The head goes to the shared memory first: most are small, and so is then the buffer that holds them.
        guard
            let taken = hold(
                exchange,
                front.entry.requestPlan,
                head,
                raw,
                parser,
                count,
                &body,
                isQueued: choice == .wait
            )
        else {
            giveUp(choice, service)
            return 0
        }
        exchange.requestBody = body
        exchange.isRequestWhole = body.isDone
        exchange.bytesIn = UInt64(taken)
        if body.isDone {
            client.phase = .answering
            exchange.wholeAt = milliseconds
        } else {
            client.phase = .body
            exchange.ruledTrailers = front.entry.requestPlan.ruledTrailers
            exchange.bodySince = milliseconds
        }
        follow(choice, exchange)
        if !client.isClosed { armClient(client) }
        return taken
    }

    @inline(__always)
    private func takeExchange(_ client: ClientConnection, _ service: PoolService) -> Exchange {
        let exchange = freeExchanges.popLast() ?? Exchange(client: client, service: service)
        exchange.begin(client: client, service: service, now: nanoseconds)
        exchange.triedVersion = service.table.version
        client.exchange = exchange
        service.budget.countRequest()
        return exchange
    }

    @inline(__always)
    private func note(_ head: RequestHead, in exchange: Exchange, _ raw: UnsafePointer<UInt8>, _ parser: HeadParser) {
        exchange.method = head.method
        exchange.isHTTP10 = head.isHTTP10
        exchange.isPersistent = head.isPersistent
        exchange.wantsTunnel = head.isWebSocket
        exchange.expectsContinue = head.expectsContinue
        exchange.isProbe = false
        exchange.acceptsJSON = head.facts.kinds.has(.accept) && Accept.prefersJSON(head, raw, fields: parser.fields)
    }

    /// Writes the worker's form of the request into a buffer that is kept for as long as it may be sent again.
    ///
    /// - Returns: the bytes of head and body taken; nil where it was refused or could not be kept.
    @inline(__always)
    private func hold(
        _ exchange: Exchange,
        _ plan: RequestPlan,
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ parser: HeadParser,
        _ count: Int,
        _ body: inout BodyFraming,
        isQueued: Bool
    ) -> Int? {
        let client = exchange.client
        let identityCount = client.certificate?.lines.count ?? 0
        guard plan.outputBytesMax(head) + identityCount <= ProxyLoop.outBytes else {
            refuse(exchange, ProxyAnswers.of(.headTooLarge))
            return nil
        }
        var written = client.peer.withText { text in
            var context = RequestPlan.Context(peer: text)
            context.isTrusted = client.isTrusted
            context.requestID = requestID
            if isQueued { context.queuedAtMilliseconds = wallMilliseconds() }
            return plan.write(
                head,
                raw,
                fields: parser.fields,
                context,
                to: out
            )
        }
        if identityCount > 0, let certificate = client.certificate {
            written = insert(certificate.lines, beforeEndOf: written)
        }
        guard !buffers.isShort, var held = buffers.borrow(written + (body.isDone ? 0 : count - head.consumed)) else {
            if buffers.isShort { buffers.refusals += 1 }
            refuse(exchange, ProxyAnswers.noMemory, cause: .resources)
            return nil
        }
        memcpy(held.base, out, written)
        held.end = written
        var position = head.consumed
        while !body.isDone && position < count {
            let step = body.take(raw + position, count &- position)
            if body.fault.isFault {
                buffers.giveBack(held)
                refuse(exchange, ProxyAnswers.of(body.fault))
                return nil
            }
            memcpy(held.base + held.end, raw + position, step.forward)
            held.end += step.forward
            position &+= step.consumed
        }
        exchange.held = held
        exchange.isHeldWhole = true
        return position
    }

    /// What a client's certificate has against its requests.
    @inline(never)
    private func objection(to client: ClientConnection, _ mode: ClientCertificates.Mode) -> OwnAnswer? {
        switch client.certificate?.verdict ?? .missing {
        case .verified: nil
        case .missing: mode == .required ? ProxyAnswers.noClientCertificate : nil
        case .refused: ProxyAnswers.clientCertificateRefused
        }
    }

    /// Puts whole lines in front of the empty line of the head in `out`; returns the bytes of the longer head.
    @inline(never)
    private func insert(_ lines: [UInt8], beforeEndOf count: Int) -> Int {
        lines.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(out + (count - 2), base, bytes.count) }
        }
        out[count - 2 + lines.count] = 13
        out[count - 1 + lines.count] = 10
        return count + lines.count
    }

    /// Whether the worker's side can take more of the request's body now.
    @inline(__always)
    func takesBody(_ exchange: Exchange) -> Bool {
        guard let upstream = exchange.upstream else { return false }
        return upstream.phase != .connecting && upstream.output == nil && !exchange.isWriteBroken
    }

    /// Reads some of the request's body and passes it on.
    func readBody(_ client: ClientConnection, _ exchange: Exchange) {
        guard let count = receive(client, scratch, ProxyBounds.readBytes) else { return }
        if count <= 0 {
            clientGone(client)
            return
        }
        let bytes = UnsafePointer(scratch.assumingMemoryBound(to: UInt8.self))
        exchange.bytesIn &+= UInt64(count)
        var position = 0
        while position < count && !exchange.requestBody.isDone {
            let step = exchange.requestBody.take(bytes + position, count &- position)
            if exchange.requestBody.fault.isFault {
                refuse(exchange, ProxyAnswers.of(exchange.requestBody.fault))
                return
            }
            let piece = bytes + position
            position &+= step.consumed
            guard step.forward > 0 else { continue }
            passBody(exchange, piece, step.forward)
            guard client.exchange === exchange, !client.isClosed else { return }
        }
        if exchange.requestBody.isDone {
            exchange.isRequestWhole = true
            exchange.wholeAt = milliseconds
            client.phase = .answering
            exchange.bytesIn &-= UInt64(count - position)
            // A pipelined request behind the body.
            if position < count, !append(scratch + position, count - position, to: &client.input) {
                closeClient(client)
                return
            }
            client.needsBytes = false
            if client.sawHangup { client.isHalfClosed = true }
        }
        armClient(client)
        if let upstream = exchange.upstream { armUpstream(upstream) }
    }

    /// Sends some of the body to the worker, and holds it too while that may help. What was read with it is taken to its
    /// end though the worker's connection has broken: a replay must send all of it, and nothing of it may be left over
    /// to be taken for the client's next request.
    private func passBody(_ exchange: Exchange, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
        guard let upstream = exchange.upstream else { return }
        if exchange.isHeldWhole {
            let held = exchange.held?.count ?? 0
            if held + count > ProxyBounds.heldBytesMax || !append(bytes, count, to: &exchange.held) { letGo(exchange) }
        }
        guard !exchange.isWriteBroken else { return }
        let failure = send(upstream, bytes, count)
        if failure == 0 {
            exchange.hasSentMore = true
            return
        }
        if failure == ENOBUFS {
            // It is our memory that is short: the worker has a part of the piece, and will never have the rest.
            refuse(exchange, ProxyAnswers.noMemory, cause: .resources)
            return
        }
        // The worker may have answered early and closed: its answer is read before the failure is judged.
        exchange.isWriteBroken = true
        exchange.writeErrno = failure
        upstream.sawHangup = true
        upstream.mayRead = true
        later(upstream)
    }

    /// The id of the present request, where the client brought none that is believed.
    var requestID: (UInt64, UInt64) { (requestSeed, KeyHash.mix(requestSeed &+ requestNumber)) }

    func wallMilliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
