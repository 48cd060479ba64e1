internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// The worker switched protocols: from here on bytes are bytes, both ways.
    func beginTunnel(
        _ upstream: UpstreamConnection,
        _ exchange: Exchange,
        _ headCount: Int,
        _ body: UnsafePointer<UInt8>,
        _ bodyCount: Int
    ) {
        let client = exchange.client
        exchange.isTunnel = true
        exchange.closesClient = true
        upstream.phase = .tunnel
        client.phase = .tunnel
        letGo(exchange)
        count(.tunnels, exchange)
        exchange.bytesOut &+= UInt64(headCount + bodyCount)
        deadlines.clear(upstream.index)
        if send(client, head: out, headCount, body, bodyCount) != 0 {
            clientGone(client)
            return
        }
        // What the client sent behind its request, before it knew.
        if let early = client.input {
            client.input = nil
            let failure = send(upstream, early.bytes, early.count)
            buffers.giveBack(early)
            if failure != 0 {
                endTunnel(exchange)
                return
            }
        }
        armClient(client)
        if client.mayRead { later(client) }
    }

    /// Passes on what one end of a tunnel says; its end becomes the other's.
    func passOn(from source: Connection, to sink: Connection, _ exchange: Exchange) {
        guard let count = receive(source, scratch, ProxyBounds.readBytes) else { return }
        guard count > 0 else {
            if count < 0 {
                endTunnel(exchange)
                return
            }
            source.mayRead = false
            if source.kind == .client { exchange.clientEnded = true } else { exchange.workerEnded = true }
            if exchange.clientEnded && exchange.workerEnded && sink.output == nil {
                endTunnel(exchange)
            } else if sink.output == nil {
                endOutput(sink)
            }
            return
        }
        if source.kind == .client {
            exchange.bytesIn &+= UInt64(count)
        } else {
            exchange.bytesOut &+= UInt64(count)
        }
        if send(sink, scratch, count) != 0 {
            endTunnel(exchange)
            return
        }
        countBytes(exchange)
        armClient(exchange.client)
    }

    /// Both connections of a tunnel end.
    func endTunnel(_ exchange: Exchange) {
        let client = exchange.client
        let hasEnded = exchange.clientEnded && exchange.workerEnded
        end(exchange, cause: .none)
        if client.isStream && hasEnded {
            endOutput(client)
            endClient(client)
            return
        }
        if client.tls != nil { sayEnd(client) }
        closeClient(client)
    }
}
