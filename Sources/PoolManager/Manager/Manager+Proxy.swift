internal import PoolAPI
internal import PoolModel

extension Manager {
    /// A proxy uses bad workers of a pool, because there is nothing better. It says so every ten seconds at most.
    package func panicked(pool name: String, _ detail: String) {
        guard let index = index(of: name) else { return }
        pools[index].panic = (detail, clock.now)
        report(.warning, .proxy, nil, "pool \(name) is in panic mode: \(detail)")
        stateChanged()
    }

    func certificates() -> [CertificateStatus] { driver.certificates }

    /// Has the certificates' files read at once.
    func reloadCertificates(
        _ request: ReloadCertificatesRequest,
        actor: String
    ) throws(PoolError) -> ReloadCertificatesReply {
        try request.validate()
        let why = request.why.isEmpty ? "" : ": \(request.why)"
        report(.notice, .proxy, nil, "the certificates are read again\(why)", actor: actor)
        let changed = driver.reloadCertificates()
        return ReloadCertificatesReply(changed: changed, certificates: driver.certificates)
    }

    /// Has a new proxy process take over; answers once it serves. The one before finishes what it has.
    func replaceProxy(_ request: ReplaceProxyRequest, actor: String) async throws -> ReplaceProxyReply {
        guard stopping == nil else { throw PoolError(.conflict, "the daemon is shutting down") }
        try request.validate()
        let why = request.why.isEmpty ? "" : ": \(request.why)"
        report(.notice, .proxy, nil, "the proxy is to be replaced\(why)", actor: actor)
        let driver = driver
        let limit = request.drainSeconds.map { Duration.seconds($0) }
        let result: Result<ProxyReplacement, PoolError> = await withCheckedContinuation { continuation in
            driver.replaceProxy(loops: request.loops, drainLimit: limit) { continuation.resume(returning: $0) }
        }
        let replacement = try result.get()
        return ReplaceProxyReply(
            pid: replacement.process.map { Int($0.pid) },
            loops: replacement.loops,
            draining: replacement.draining
        )
    }
}
