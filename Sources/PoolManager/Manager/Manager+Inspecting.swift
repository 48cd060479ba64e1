internal import PoolAPI
internal import PoolCore
internal import PoolModel

/// What is looked up when somebody asks, and not kept.
extension Manager {
    func detail(of name: String) throws(PoolError) -> WorkerDetail {
        let status = try worker(named: name).status
        var detail = WorkerDetail(worker: status.id, life: status.life)
        if let slot = slots[status.id] { detail.latency = LatencyBand.fold(driver.recentLatencies(slot: slot)) }
        if let process = status.process { (detail.processes, detail.environment) = driver.inspect(process) }
        return detail
    }

    func front(of name: String) throws(PoolError) -> FrontReply {
        _ = try pool(named: name)
        guard let index = index(of: name) else { throw PoolError(.notFound, "pool \(name) does not exist") }
        let front = pools[index].machine.spec.front
        return FrontReply(
            pool: name,
            listeners: front.listeners.map { ListenerReport($0) },
            certificates: driver.certificates(of: front),
            proxy: driver.proxyFigures
        )
    }
}
