internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// Sends the client to https; the request reaches no worker.
    ///
    /// - Returns: the bytes taken, as ``beginExchange(_:_:_:)`` does.
    func redirect(
        _ exchange: Exchange,
        to target: HTTPSRedirect,
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        hasBody: Bool
    ) -> Int {
        exchange.isRequestWhole = !hasBody
        exchange.bytesIn = UInt64(head.consumed)
        guard !head.authority.isEmpty, head.form != .asterisk else {
            refuse(exchange, ProxyAnswers.noHost)
            return hasBody ? 0 : head.consumed
        }
        let closes = hasBody || !exchange.isPersistent || isDraining || exchange.client.isAtItsLast
        let count = RedirectAnswer.write(
            head,
            raw,
            port: target.port,
            date: UnsafePointer(date),
            closes: closes,
            to: out
        )
        answer(exchange, status: RedirectAnswer.status(for: head.method), count, closes: closes)
        return hasBody ? 0 : head.consumed
    }

    /// Sends a whole answer of ours that is no refusal, of which `out` holds so many bytes.
    func answer(_ exchange: Exchange, status: Int, _ count: Int, closes: Bool) {
        let client = exchange.client
        exchange.status = status
        exchange.bytesOut = UInt64(count)
        exchange.isHeadSent = true
        let isWhole = exchange.isRequestWhole
        let isSent = send(client, out, count) == 0
        end(exchange, cause: isSent ? .none : .client)
        if isSent { leave(client, closes: closes, isRequestWhole: isWhole) } else { closeClient(client) }
    }
}
