internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// When logs must be written next, in milliseconds; far away while nothing waits.
    var needsTick: Bool { !logs.isEmpty && logs.hasLines }

    /// What is done once a second.
    func tick() {
        nextTick = milliseconds + 1000
        flushLogs()
    }

    func flushLogs() {
        let dropped = logs.flush()
        if dropped > 0 { own.add(.logDropped, dropped) }
    }

    /// Copies what the log needs of a request's head, while that is at hand.
    @inline(never)
    func captureRequest(
        _ exchange: Exchange,
        _ log: AccessLogFile,
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ parser: HeadParser
    ) {
        guard log.format.needsRequest else { return }
        let count = exchange.client.peer.withText { text in
            var context = RequestPlan.Context(peer: text)
            context.isTrusted = exchange.client.isTrusted
            context.requestID = requestID
            return log.format.capture(
                head,
                raw,
                fields: parser.fields,
                context,
                isHTTP2: exchange.client.isStream,
                to: captured,
                AccessLog.captureBytesMax
            )
        }
        _ = append(captured, count, to: &exchange.loggedRequest)
    }

    /// Writes the line of what never became a request.
    @inline(never)
    func logRefused(
        _ client: ClientConnection,
        _ service: PoolService,
        _ answer: OwnAnswer,
        _ raw: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        guard let log = service.log, !client.listener.isProbe else { return }
        let taken = log.format.capture(refused: raw, count, to: captured, AccessLog.captureBytesMax)
        var record = AccessRecord()
        record.startedAt = Int64(wallMilliseconds()) * 1000
        record.pid = processID
        record.status = answer.status
        record.bodyBytes = UInt64(answer.bodyBytes(asJSON: false, isHead: false))
        if answer.bytesMax <= ProxyLoop.outBytes {
            // The answer goes out after its line, the same as it is written here.
            let date = UnsafePointer(date)
            let bytes = answer.write(acceptsJSON: false, date: date, closes: true, isHead: false, to: out)
            record.bytesOut = UInt64(bytes)
        }
        record.bytesIn = UInt64(count)
        record.termination = Termination(.proxy, .request)
        client.peer.withText { peer in
            record.peer = peer
            withBytes(service.table.name) { pool in
                record.pool = pool
                let request = UnsafeBufferPointer(start: UnsafePointer(captured), count: taken)
                log.write(record, request: request, response: UnsafeBufferPointer(start: nil, count: 0))
            }
        }
    }

    /// The same of the answer's head.
    @inline(never)
    func captureResponse(
        _ exchange: Exchange,
        _ log: AccessLogFile,
        _ head: ResponseHead,
        _ raw: UnsafePointer<UInt8>
    ) {
        guard log.format.needsResponse else { return }
        let count = log.format.capture(
            head,
            raw,
            fields: exchange.service.responseParser.fields,
            to: captured,
            AccessLog.captureBytesMax
        )
        _ = append(captured, count, to: &exchange.loggedResponse)
    }

    /// Writes the line of a finished exchange.
    @inline(never)
    func writeLog(_ exchange: Exchange, _ log: AccessLogFile, _ cause: Termination.Cause, _ phase: Termination.Phase) {
        let now = readClock()
        var record = AccessRecord()
        record.startedAt = Int64(wallMilliseconds()) * 1000 - Int64((now &- exchange.startedAt) / 1000)
        record.pid = processID
        record.status = exchange.status
        record.bodyBytes = exchange.bodyBytesOut
        record.bytesIn = exchange.bytesIn
        record.bytesOut = exchange.bytesOut
        record.attempts = Int(exchange.attempts) + Int(exchange.replays)
        if exchange.chosenAt != 0 { record.queueTime = exchange.chosenAt &- exchange.startedAt }
        if exchange.connectedAt != 0 { record.connectTime = exchange.connectedAt &- exchange.chosenAt }
        if exchange.firstByteAt != 0 { record.firstByteTime = exchange.firstByteAt &- exchange.sentAt }
        record.totalTime = now &- exchange.startedAt
        record.termination = Termination(cause, phase)
        let worker = exchange.pool?.target.name ?? ""
        exchange.client.peer.withText { peer in
            record.peer = peer
            withBytes(exchange.service.table.name) { pool in
                record.pool = pool
                withBytes(worker) { worker in
                    record.worker = worker
                    log.write(record, request: bytes(exchange.loggedRequest), response: bytes(exchange.loggedResponse))
                }
            }
        }
        release(&exchange.loggedRequest)
        release(&exchange.loggedResponse)
        exchange.log = nil
        if log !== exchange.service.log {
            // Nobody flushes it any more.
            log.flush()
            own.add(.logDropped, log.takeDropped())
        }
    }

    private func bytes(_ buffer: Buffer?) -> UnsafeBufferPointer<UInt8> {
        guard let buffer else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: buffer.bytes.assumingMemoryBound(to: UInt8.self), count: buffer.count)
    }

    private func withBytes(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        var text = text
        text.withUTF8(body)
    }
}
