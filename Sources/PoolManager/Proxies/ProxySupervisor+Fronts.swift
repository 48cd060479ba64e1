internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// What the proxies listen at, and what they are given for it: certificates, keys and pages.
extension ProxySupervisor {
    /// Which engine the profiles want: before ``begin(_:)``.
    func use(_ engine: ProxyEngine) {
        self.engine = engine
        guard engine.isForeign else { return }
        reports?.event(
            .notice,
            "the proxy's engine is \(engine.title): no request waits while no worker is ready, and times are whole milliseconds"
        )
    }

    /// Opens the fronts of a changed profile and closes those that no profile has any more.
    func bindFronts(of spec: PoolSpec) {
        let wanted = spec.front.engine ?? .builtIn
        if wanted != engine {
            engine = wanted
            reports?.event(.warning, "[proxy] engine is now \(wanted.rawValue): poolctl proxy replace puts it in force")
        }
        let (added, removed, failures) = listeners.change(spec)
        equip(proxies)
        for proxy in serving where !proxy.awaitsTable {
            proxy.listen(added)
            if !removed.isEmpty { proxy.send(.unlisten(names: removed)) }
        }
        for failure in failures { reports?.event(.error, failure) }
    }

    /// Which of these addresses nobody could listen at.
    func obstacles(at addresses: [Address]) -> [(address: Address, problem: SystemError)] {
        listeners.obstacles(at: addresses)
    }

    /// Closes the fronts of a pool that has left, where no other pool has them.
    func releaseFronts(of pool: String) {
        let removed = listeners.release(pool)
        for proxy in serving where !proxy.awaitsTable && !removed.isEmpty { proxy.send(.unlisten(names: removed)) }
    }

    func certificates(of front: FrontSpec) -> [CertificateReport] { listeners.certificates.reports(of: front) }

    /// Hands certificates and pages over: before the table that needs them.
    func equip(_ proxies: [ProxyHandle]) {
        sharedKeys = tickets.shared()
        for proxy in proxies { proxy.send(.ticketKeys(sharedKeys)) }
        secure(proxies, listeners.certificates.bundles)
        send(proxies, listeners.pages.files)
    }

    /// In messages of a bounded size.
    private func send(_ proxies: [ProxyHandle], _ files: [FrontFile]) {
        for file in files {
            for proxy in proxies { proxy.send(.files([file])) }
        }
    }

    private func secure(_ proxies: [ProxyHandle], _ bundles: [CertificateBundle]) {
        guard !bundles.isEmpty else { return }
        for proxy in proxies { proxy.send(.certificates(bundles)) }
    }

    var certificates: [CertificateStatus] { listeners.certificates.statuses }

    /// Reads the certificates' files at once; returns the names of the new ones.
    func reloadCertificates() -> [String] { refreshCertificates(isForced: true) }

    private func refreshCertificates(isForced: Bool = false) -> [String] {
        let news = listeners.certificates.refresh(now: Int64(WallClock.now.seconds), isForced: isForced)
        secure(proxies, news.changed)
        for (severity, message) in news.events { reports?.event(severity, message) }
        return news.changed.map(\.files.certificate)
    }

    /// Looks at the certificates' files, now and again.
    func watchCertificates() {
        let keys = tickets.shared()
        if keys != sharedKeys {
            sharedKeys = keys
            for proxy in proxies { proxy.send(.ticketKeys(keys)) }
        }
        _ = refreshCertificates()
        let (changed, problems) = listeners.pages.refresh()
        send(proxies, changed)
        for problem in problems { reports?.event(.error, problem) }
        reactor.schedule(after: CertificateStore.period) { [weak self] in self?.watchCertificates() }
    }
}
