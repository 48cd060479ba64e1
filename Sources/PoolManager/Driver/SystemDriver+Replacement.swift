internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// What runs is replaced by what is newer: the proxy, the daemon's program, certificates.
extension SystemDriver {
    func replaceProxy(
        loops: Int?,
        drainLimit: Duration?,
        completion: @escaping @Sendable (Result<ProxyReplacement, PoolError>) -> Void
    ) {
        proxies.replace(loops: loops, drainLimit: drainLimit, completion: completion)
    }

    var canUpgrade: Bool { keeperVersion >= KeeperWelcome.upgradeVersion }

    func checkProgram(_ path: String, completion: @escaping @Sendable (Result<ProgramOffer, PoolError>) -> Void) {
        do throws(SystemError) {
            try Thread.start(name: "poold-check") { completion(ProgramCheck.run(path)) }
        } catch {
            completion(.failure(PoolError(.unavailable, "the program cannot be asked: \(error)")))
        }
    }

    func upgrade(to path: String, failure: @escaping @Sendable (String) -> Void) {
        // The answer to the command that asked for this gets out first.
        reactor.schedule(after: .milliseconds(150)) { [link] in
            link.upgrade(to: path) { failure(ExitReason.errorName($0)) }
        }
    }

    func obstacles(at addresses: [Address]) -> [String] {
        proxies.obstacles(at: addresses).map { "cannot listen at \($0.address): \($0.problem)" }
    }

    var certificates: [CertificateStatus] { proxies.certificates }

    func reloadCertificates() -> [String] { proxies.reloadCertificates() }
}
