internal import PoolHTTP
internal import PoolModel

extension ProxyLoop {
    /// A probe names its worker, routable or not: the exchange goes to that one's pool.
    func findProbed(_ exchange: Exchange, _ head: RequestHead, _ raw: UnsafePointer<UInt8>, _ parser: HeadParser) {
        exchange.isProbe = true
        guard head.facts.kinds.has(.poolWorker) else { return }
        for index in 0..<head.facts.fieldsCount where parser.fields[index].kind == .poolWorker {
            guard let id = WorkerID(parser.fields[index].value.text(in: raw)), let service = services[id.pool] else {
                return
            }
            exchange.probed = service.table.members.firstIndex { $0.target.id == id }
            if exchange.probed != nil { exchange.service = service }
            return
        }
    }

    func chooseProbed(_ exchange: Exchange) -> Choice {
        guard let index = exchange.probed, index < exchange.service.pools.count else { return .nobody }
        // Health is asked of a full worker too: no limit here.
        _ = exchange.service.pools[index].target.reserve(most: nil)
        return .member(index)
    }
}
