internal import Glibc
internal import PoolModel
internal import PoolOS

/// How proxies end: by themselves, or because they are told to finish.
extension ProxySupervisor {
    /// A proxy's process has ended: clients' connections are gone with it, so the next one starts at once.
    func exited(_ number: UInt64, _ reason: ExitReason) {
        guard let proxy = proxies.first(where: { $0.number == number }) else { return }
        forget(proxy)
        for lane in proxy.lanes { segment.zeroGauges(lane: lane) }
        confirm()
        let wasSuccessor = replacement?.successor === proxy
        successorFailed(proxy, "it ended: \(reason.summary)")
        if onDrained != nil { return finishDrain() }
        // That a successor failed has been told.
        let hasFailed = wasSuccessor || proxy.hasFailed
        if proxy.isDraining && !hasFailed {
            reports?.event(.notice, "the proxy before has finished (\(reason.summary))")
        } else if !serving.isEmpty && !hasFailed {
            reports?.event(.error, "the proxy ended (\(reason.summary)); its successor goes on")
        }
        // Whichever it was: somebody has to serve.
        guard serving.isEmpty else { return }
        quickDeaths = MonotonicClock.now - proxy.startedAt < .seconds(2) ? quickDeaths + 1 : 0
        reports?.event(.error, "the proxy ended (\(reason.summary)); a new one is started")
        guard quickDeaths > 1 else { return start() }
        let delay = min(5000, 50 << min(quickDeaths, 8))
        later("the proxy keeps ending", after: .milliseconds(delay))
    }

    /// Lets all proxies finish what they have; calls back when the last one has ended.
    func drain(limit: Duration, completion: @escaping () -> Void) {
        onDrained = completion
        for proxy in proxies { drain(proxy, limit: limit) }
        finishDrain()
    }

    /// Lets one proxy take no new connections, finish what it has, and end.
    func drain(_ proxy: ProxyHandle, limit: Duration) {
        proxy.isDraining = true
        proxy.send(.drain(limitSeconds: limit.inSeconds))
        // A proxy that does not end by its own rules is ended by ours.
        reactor.schedule(after: limit + .seconds(2)) { [weak self, weak proxy] in
            guard let self, let proxy, proxies.contains(where: { $0 === proxy }), let process = proxy.process else {
                return
            }
            link.signal(process, SIGKILL, asGroup: true)
        }
    }

    private func finishDrain() {
        guard proxies.isEmpty, let completion = onDrained else { return }
        onDrained = {}
        completion()
    }
}
