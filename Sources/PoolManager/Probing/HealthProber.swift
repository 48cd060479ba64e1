internal import PoolModel
internal import PoolOS

/// Asks workers how they are, through the proxy: an ordinary request to its private listener that names the worker.
///
/// All of it happens on the reactor's thread. Connections to the proxy are kept and used again. Bounded: at most
/// ``inFlightMax`` probes are under way; more wait their turn, within their own time limit.
final class HealthProber {
    typealias Report = (WorkerID, Life, ProbeResult) -> Void

    /// Probes under way at once. A thousand workers every two seconds are about ten.
    static let inFlightMax = 256
    /// Idle connections kept; beyond it they are closed.
    private static let idleMax = 32

    private let reactor: Reactor
    private let address: Address
    private let report: Report
    private var running: Set<ProbeExchange> = []
    private var waiting: [ProbeExchange] = []
    private var idle: [ProbeConnection] = []

    /// - Parameters:
    ///   - address: the proxy's probe listener.
    ///   - report: gets the result of every probe, exactly once.
    init(reactor: Reactor, address: Address, report: @escaping Report) {
        self.reactor = reactor
        self.address = address
        self.report = report
    }

    func probe(_ worker: WorkerID, life: Life, health: HealthSpec) {
        let exchange = ProbeExchange(worker: worker, life: life, health: health)
        exchange.timer = reactor.schedule(after: health.timeout) { [weak self] in self?.expire(exchange) }
        if running.count < HealthProber.inFlightMax { begin(exchange) } else { waiting.append(exchange) }
    }

    /// Forgets the connections to a proxy that is gone.
    func closeIdle() {
        for connection in idle { connection.close() }
        idle = []
    }

    private func begin(_ exchange: ProbeExchange, onFreshConnection: Bool = false) {
        running.insert(exchange)
        let reused = onFreshConnection ? nil : idle.popLast()
        do throws(SystemError) {
            let connection = if let reused { reused } else { try ProbeConnection(to: address, on: reactor) }
            exchange.connection = connection
            connection.isReused = reused != nil
            connection.onReceive = { [weak self] received in self?.take(received, exchange) }
            guard connection.send(exchange.request) else { return retryOrFail(exchange, "the proxy takes no requests") }
        } catch {
            finish(exchange, exchange.failure(.proxy, "the proxy cannot be reached: \(error.reason)"))
        }
    }

    private func take(_ received: ProbeConnection.Received, _ exchange: ProbeExchange) {
        switch received {
        case .bytes(let bytes):
            if let result = exchange.read(bytes) { finish(exchange, result) }
        case .closed:
            if exchange.hasBegun, let result = exchange.end() { return finish(exchange, result) }
            retryOrFail(exchange, "the proxy closed the connection")
        }
    }

    /// A kept connection may have been closed while the request was on its way: that says nothing about anybody.
    private func retryOrFail(_ exchange: ProbeExchange, _ reason: String) {
        if exchange.connection?.isReused == true, !exchange.hasBegun {
            exchange.connection?.close()
            begin(exchange, onFreshConnection: true)
        } else {
            finish(exchange, exchange.failure(.proxy, reason))
        }
    }

    private func expire(_ exchange: ProbeExchange) {
        exchange.timer = nil
        guard running.contains(exchange) else {
            waiting.removeAll { $0 === exchange }
            return finish(exchange, exchange.failure(.proxy, "too many probes are under way"))
        }
        finish(exchange, exchange.timedOut)
    }

    private func finish(_ exchange: ProbeExchange, _ result: ProbeResult) {
        if let timer = exchange.timer { reactor.cancel(timer) }
        exchange.timer = nil
        if let connection = exchange.connection {
            exchange.connection = nil
            connection.onReceive = { _ in connection.close() }
            if exchange.canReuse, idle.count < HealthProber.idleMax { keep(connection) } else { connection.close() }
        }
        if running.remove(exchange) != nil, !waiting.isEmpty { begin(waiting.removeFirst()) }
        report(exchange.worker, exchange.life, result)
    }

    private func keep(_ connection: ProbeConnection) {
        // Whatever comes on an idle connection, even its end, makes it useless.
        connection.onReceive = { [weak self, weak connection] _ in
            connection?.close()
            self?.idle.removeAll { $0 === connection }
        }
        idle.append(connection)
    }
}
