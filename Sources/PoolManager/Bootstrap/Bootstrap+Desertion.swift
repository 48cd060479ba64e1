internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// What a keeper that was killed left running: its proxy still serves, on the sockets that ours is to have.
extension Bootstrap {
    /// The proxies that another keeper started. Their links died with it, so they can only be drained.
    var deserted: [ProcessIdentity] {
        inventory.children.compactMap { child in
            guard child.end == nil, case .proxy(let number, _, _) = ChildTag(child.tag),
                inventory.descriptors[ProxyHandle.linkName(number)] == nil
            else { return nil }
            return child.process
        }
    }

    /// How many workers run that this daemon has not started.
    var adoptedWorkers: Int {
        guard inventory.welcome.managerCount == 1 else { return 0 }
        return inventory.children.count { $0.end == nil && $0.tag.hasPrefix(ChildTag.workerPrefix) }
    }

    /// Takes the listening sockets and the statistics out of deserted proxies, so that no connection is refused and no
    /// counter begins anew. Where the kernel does not let us, the proxy is ended, and the sockets are bound again.
    mutating func takeFromDeserted(_ specs: [PoolSpec]) {
        for proxy in deserted {
            let addresses = specs.flatMap(\.front.listen)
            let probe = Address.unix(path: directories.probeSocket)
            let taken = ListeningSocket.take(addresses + [probe], from: proxy)
            for (address, socket) in taken {
                let name = address == probe ? ProbeHeader.listener : address.description
                keep(socket, name: FrontListeners.prefix + name)
            }
            if let statistics = proxy.descriptor(ProxyArguments.statsDescriptor),
                (try? StatsSegment(adopting: statistics)) != nil
            {
                keep(statistics, name: Bootstrap.statisticsName)
            }
            if taken[probe] == nil { end(proxy) }
        }
    }

    private mutating func keep(_ descriptor: FileDescriptor, name: String) {
        inventory.descriptors[name] = descriptor
        link.store(descriptor, name: name)
    }

    /// Kills a process and waits until its sockets are free; it has five seconds.
    private func end(_ process: ProcessIdentity) {
        guard let pidfd = try? process.open() else { return }
        try? process.send(signal: 9)
        _ = pidfd.waitReadable(seconds: 5)
    }

    /// Ends the workers of pools that no profile has any more.
    func endForeign(_ pools: [PoolSpec]) -> [String] {
        let names = Set(pools.map(\.name))
        var ended: [String] = []
        for child in inventory.children where child.end == nil {
            guard case .worker(let id, _, _) = ChildTag(child.tag), !names.contains(id.pool) else { continue }
            ended.append(id.description)
            link.signal(child.process, 15, asGroup: true)
            let process = child.process
            let link = link
            reactor.schedule(after: .seconds(10)) { link.signal(process, 9, asGroup: true) }
        }
        return ended
    }
}
