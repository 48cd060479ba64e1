internal import Glibc
internal import PoolModel
internal import PoolOS

/// How a proxy is started: lanes, a link, a process, and what it needs to know.
extension ProxySupervisor {
    /// Starts a proxy in place of one that is gone; tries again where that fails.
    func start() {
        guard let lanes = freeLanes else {
            return later("no lanes are free for a new proxy", after: .seconds(1))
        }
        if case .failure(let problem) = start(lanes) { later(problem.message, after: .seconds(1)) }
    }

    /// Starts a proxy and gives it the sockets and the present routes. What goes wrong in the keeper comes later.
    func start(_ lanes: Range<Int>) -> Result<ProxyHandle, PoolError> {
        do throws(SystemError) {
            lastNumber += 1
            let (ours, theirs) = try MessageSocket.pair()
            link.store(ours.descriptor, name: ProxyHandle.linkName(lastNumber))
            let channel = MessageChannel(ours, on: reactor, backlogMax: 256)
            let proxy = ProxyHandle(number: lastNumber, lanes: lanes, channel: channel)
            guard open(proxy) else {
                link.drop(name: ProxyHandle.linkName(lastNumber))
                return .failure(PoolError(.unavailable, "the link to a new proxy failed"))
            }
            spawn(proxy, link: theirs)
            equip([proxy])
            if let table = reports?.table(), table.version > 0 {
                proxy.send(.routes(table))
                proxy.listen(listeners.all)
            } else {
                proxy.awaitsTable = true
            }
            onLanes(lanes)
            return .success(proxy)
        } catch {
            return .failure(PoolError(.unavailable, "a proxy cannot be started: \(error)"))
        }
    }

    private func spawn(_ proxy: ProxyHandle, link theirs: MessageSocket) {
        var arguments = ProxyArguments(number: proxy.number, lanes: proxy.lanes, directories: directories)
        arguments.engine = engine
        var request = SpawnRequest(
            executable: "/proc/self/exe",
            arguments: ["poold"] + arguments.words,
            environment: ["PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")"]
        )
        request.session = .group
        request.limits = [openFiles]
        var descriptors = [
            SpawnDescriptor(theirs.descriptor, as: ProxyArguments.linkDescriptor),
            SpawnDescriptor(segment.descriptor, as: ProxyArguments.statsDescriptor),
        ]
        // What it has to say in its last moment belongs into the daemon's log.
        let errors = FileDescriptor(adopting: fcntl(2, F_DUPFD_CLOEXEC, 3))
        if errors.raw >= 0 { descriptors.append(SpawnDescriptor(errors, as: 2)) }
        let tag = ChildTag.proxy(number: proxy.number, lane: proxy.lanes.lowerBound, lanes: proxy.lanes.count)
        link.spawn(request, descriptors: descriptors, tag: tag.text) { [weak self] result in
            switch result {
            case .success(let process): proxy.process = process
            case .failure(let failure):
                self?.forget(proxy)
                self?.successorFailed(proxy, "it cannot be started: \(failure)")
                self?.later("a proxy cannot be started: \(failure)", after: .seconds(1))
            }
        }
    }

    /// As many open files as we may have ourselves: each client takes one.
    private var openFiles: ResourceLimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        return ResourceLimit(resource: 7, soft: UInt64(limit.rlim_max), hard: UInt64(limit.rlim_max))
    }

    var freeLanes: Range<Int>? {
        let taken = Set(proxies.flatMap { Array($0.lanes) })
        let count = loops
        for start in stride(from: 0, through: segment.lanes - count, by: count) {
            let range = start..<start + count
            if taken.isDisjoint(with: range) { return range }
        }
        return nil
    }

    func later(_ problem: String, after delay: Duration) {
        reports?.event(.error, "\(problem); trying again")
        reactor.schedule(after: delay) { [weak self] in
            guard let self, serving.isEmpty, onDrained == nil else { return }
            start()
        }
    }

    func open(_ proxy: ProxyHandle) -> Bool {
        do throws(SystemError) {
            try proxy.channel.open(
                onMessage: { [weak self, weak proxy] bytes, _ in
                    guard let self, let proxy else { return }
                    receive(bytes, from: proxy)
                },
                // Its exit is told by the keeper; a link that fails alone means that it is of no more use.
                onClose: { [weak self, weak proxy] _ in
                    guard let self, let process = proxy?.process else { return }
                    link.signal(process, SIGTERM, asGroup: false)
                }
            )
            proxies.append(proxy)
            return true
        } catch {
            return false
        }
    }

    func forget(_ proxy: ProxyHandle) {
        proxies.removeAll { $0 === proxy }
        proxy.channel.close()
        link.drop(name: ProxyHandle.linkName(proxy.number))
    }
}
