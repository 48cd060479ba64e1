package import PoolAPI
private import PoolHTTP
private import PoolModel

/// The session over the control socket, or over TLS to another host. Every call has a connection of its own: nothing is shared, nothing goes stale.
package final class SocketSession: PoolSession {
    private let endpoint: Endpoint

    package var name: String { endpoint.name }

    /// - Parameter endpoint: Where the daemon is. Nothing is opened before the first call.
    package init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    /// - Parameter path: The control socket.
    package convenience init(path: String) { self.init(.socket(path: path)) }

    package func begin(_ call: APICall) throws(SessionError) -> any PendingAnswer {
        SocketAnswer(try Exchange(call, to: endpoint))
    }

    package func open(_ call: APICall) throws(SessionError) -> any RecordStream {
        SocketStream(try Exchange(call, to: endpoint))
    }
}

/// An answer on its way over the socket.
private final class SocketAnswer: PendingAnswer {
    private let exchange: Exchange

    var descriptor: Int32 { exchange.descriptor }
    var wantsToWrite: Bool { exchange.wantsToWrite }

    init(_ exchange: Exchange) { self.exchange = exchange }

    func advance() throws(SessionError) -> Answer? {
        try exchange.advance()
        guard exchange.body.count <= Exchange.bodyBytesMax else {
            throw SessionError(.incompatible, "the answer is over \(Exchange.bodyBytesMax >> 20) MiB")
        }
        return exchange.answer
    }
}

/// A stream of server-sent events over the socket.
private final class SocketStream: RecordStream {
    private let exchange: Exchange
    private var decoder = SSEDecoder()
    private var failure: SessionError?

    var descriptor: Int32 { exchange.descriptor }
    var wantsToWrite: Bool { exchange.wantsToWrite }
    var lastSequence: UInt64? { decoder.lastSequence }

    init(_ exchange: Exchange) { self.exchange = exchange }

    func readAvailable() throws(SessionError) -> [StreamRecord] {
        if let failure { throw failure }
        do {
            try exchange.advance()
        } catch {
            failure = error
        }
        guard let head = exchange.head else {
            if let failure { throw failure }
            return []
        }
        guard head.status == 200, head["content-type"]?.hasPrefix(MediaType.eventStream.essence) == true else {
            return try refused()
        }
        let records = try decode()
        if exchange.isFinished, failure == nil {
            failure = SessionError(.cut, "the daemon ended the stream", remedy: "it is being stopped or restarted")
        }
        if records.isEmpty, let failure { throw failure }
        return records
    }

    private func decode() throws(SessionError) -> [StreamRecord] {
        defer { exchange.body.removeAll(keepingCapacity: true) }
        do {
            return try decoder.decode(exchange.body)
        } catch {
            throw SessionError(.incompatible, error.message)
        }
    }

    /// The answer is no stream: an error, once it has come as a whole.
    private func refused() throws(SessionError) -> [StreamRecord] {
        if let failure { throw failure }
        guard let answer = exchange.answer else {
            guard exchange.body.count <= 1 << 20 else { throw .garbled("no stream") }
            return []
        }
        try answer.check()
        throw .garbled("no stream")
    }
}
