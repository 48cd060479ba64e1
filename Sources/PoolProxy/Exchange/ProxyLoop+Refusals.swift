internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// Answers a request by ourselves, instead of a worker.
    func refuse(_ exchange: Exchange, _ answer: OwnAnswer, cause: Termination.Cause = .proxy) {
        let client = exchange.client
        guard client.exchange === exchange else { return }
        if exchange.isHeadSent {
            // The worker's answer is under way already.
            cut(exchange, cause: cause)
            return
        }
        exchange.status = answer.status
        let isWhole = exchange.isRequestWhole
        let closes = !isWhole || !exchange.isPersistent || isDraining || client.isAtItsLast
        if exchange.pool == nil {
            if answer.status == 503 { own.add(.unavailable) } else { own.add(.refused) }
        }
        let table = exchange.service.table
        let isHead = exchange.method == .head
        let page = exchange.acceptsJSON || exchange.isProbe ? nil : self.page(for: answer, table)
        let sent: Int
        if let page {
            sent = write(page, of: answer, to: client, closes: closes, isHead: isHead)
        } else {
            sent = write(answer, to: client, asJSON: exchange.acceptsJSON, closes: closes, isHead: isHead)
        }
        if sent > 0 {
            exchange.bytesOut &+= UInt64(sent)
            let body =
                page.map { exchange.method == .head ? 0 : $0.bytes.count }
                ?? answer.bodyBytes(asJSON: exchange.acceptsJSON, isHead: exchange.method == .head)
            exchange.bodyBytesOut = UInt64(body)
        }
        end(exchange, cause: cause)
        if sent < 0 {
            closeClient(client)
        } else {
            leave(client, closes: closes, isRequestWhole: isWhole)
        }
    }

    /// Answers what is no request, or cannot become one; the connection ends.
    func refuse(_ client: ClientConnection, _ answer: OwnAnswer) {
        own.add(.refused)
        own.add(.requests)
        own.count(status: answer.status)
        let sent: Int
        if let table = client.listener.route?.service.table, let page = self.page(for: answer, table) {
            sent = write(page, of: answer, to: client, closes: true, isHead: false)
        } else {
            sent = write(answer, to: client, asJSON: false, closes: true, isHead: false)
        }
        if sent < 0 {
            closeClient(client)
            return
        }
        client.mustLinger = true
        endClient(client)
    }

    /// Answers bytes that are no request, or one that two parsers could read two ways.
    func refuseMalformed(
        _ client: ClientConnection,
        _ fault: HTTPFault,
        _ service: PoolService,
        _ raw: UnsafePointer<UInt8>,
        _ count: Int
    ) {
        let answer = ProxyAnswers.of(fault)
        logRefused(client, service, answer, raw, count)
        refuse(client, answer)
    }

    /// A connection too many: it is told so, as far as its socket takes that at once.
    func refuseConnection(_ descriptor: Int32, isFull: Bool, isPlain: Bool) {
        guard isPlain else {
            // A client that speaks TLS could not read the answer.
            Glibc.close(descriptor)
            return
        }
        let answer = isFull ? ProxyAnswers.tooManyConnections : ProxyAnswers.tooManyFromAddress
        let count = answer.write(acceptsJSON: false, date: UnsafePointer(date), closes: true, isHead: false, to: out)
        _ = Glibc.send(descriptor, out, count, Int32(MSG_NOSIGNAL))
        shutdown(descriptor, Int32(SHUT_WR))
        Glibc.close(descriptor)
    }

    /// The page that is sent in place of an answer's own words.
    private func page(for answer: OwnAnswer, _ table: PoolTable) -> ErrorPages.Page? {
        guard !table.pages.isEmpty else { return nil }
        let isMaintenance = table.gate.map { $0.isMaintenance && $0.answer.reason == answer.reason } ?? false
        return table.pages.page(for: answer, isMaintenance: isMaintenance)
    }

    /// Writes an answer with a page for its body; the bytes, or -1 where the connection is broken.
    private func write(
        _ page: ErrorPages.Page,
        of answer: OwnAnswer,
        to client: ClientConnection,
        closes: Bool,
        isHead: Bool
    ) -> Int {
        let count = answer.writeHead(
            type: page.type,
            length: page.bytes.count,
            date: UnsafePointer(date),
            closes: closes,
            to: out
        )
        let failure = page.bytes.withUnsafeBytes { body in
            body.baseAddress.map { send(client, head: out, count, $0, isHead ? 0 : body.count) }
                ?? send(client, out, count)
        }
        return failure == 0 ? count + (isHead ? 0 : page.bytes.count) : -1
    }

    /// Writes an answer; the bytes, or -1 where the connection is broken.
    private func write(
        _ answer: OwnAnswer,
        to client: ClientConnection,
        asJSON: Bool,
        closes: Bool,
        isHead: Bool
    ) -> Int {
        guard answer.bytesMax <= ProxyLoop.outBytes else { return -1 }
        let count = answer.write(
            acceptsJSON: asJSON,
            date: UnsafePointer(date),
            closes: closes,
            isHead: isHead,
            to: out
        )
        return send(client, out, count) == 0 ? count : -1
    }

    /// 503: nobody can take it, with the reason.
    func refuseForNobody(_ exchange: Exchange) {
        if let gate = exchange.service.table.gate, !exchange.isProbe {
            refuse(exchange, gate.answer)
            return
        }
        guard exchange.connectErrno != 0 else {
            refuse(exchange, exchange.isProbe ? ProxyAnswers.unknownWorker : ProxyAnswers.noWorker)
            return
        }
        refuse(exchange, ProxyAnswers.unreachable(errno: exchange.connectErrno), cause: .worker)
    }

    /// 502 or 504: the chosen worker failed, with the reason and its name.
    func refuseForWorker(_ exchange: Exchange, status: Int, reason: String) {
        count(.errors, exchange)
        let name = exchange.pool?.target.name ?? "?"
        let answer = OwnAnswer(
            status: status,
            reason: "\(reason); worker=\(name)",
            explanation: "worker \(name) failed the request"
        )
        refuse(exchange, answer, cause: .worker)
    }
}
