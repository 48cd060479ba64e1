internal import PoolModel
internal import PoolTOML

/// How requests are spread, probes sent and logs kept, and what the engine can do of it.
extension ProfileValidator {
    mutating func checkBalance() {
        let balance = spec.balance
        switch (balance.algorithm, balance.key) {
        case (.consistentHash, nil):
            report(
                .error,
                at: "balance.algorithm",
                "consistent-hash needs a key",
                "add key = \"address\" or \"header:NAME\""
            )
        case (.stickyCookie, nil):
            report(.error, at: "balance.algorithm", "sticky-cookie needs the cookie's name", "add key = \"pool\"")
        case (.consistentHash, .some(let key)):
            let parts = key.split(separator: ":", maxSplits: 1).map(String.init)
            let isNamed =
                parts.count == 2 && ["header", "cookie"].contains(parts[0]) && ProfileCodec<String>.isToken(parts[1])
            if key != "address", !isNamed {
                report(.error, at: "balance.key", "\(quoted(key)) is no key", "use address, header:NAME or cookie:NAME")
            }
        case (.stickyCookie, .some(let key)):
            if !ProfileCodec<String>.isToken(key) {
                report(.error, at: "balance.key", "\(quoted(key)) is no name of a cookie")
            }
        case (.roundRobin, .some), (.leastInFlight, .some), (.twoChoices, .some):
            report(.warning, at: "balance.key", "\(balance.algorithm.rawValue) has no use for a key")
        case (.roundRobin, nil), (.leastInFlight, nil), (.twoChoices, nil): break
        }
        if balance.ejection.duration > balance.ejection.durationMax {
            report(.error, at: "balance.ejection.duration", "duration is more than duration_max")
        }
        if spec.workerIDs.allSatisfy({ balance.weight(of: $0.number) == 0 }) {
            report(.warning, at: "balance.weights", "no worker has a weight: none gets a request")
        }
        if isGiven("balance.ejection.ready_min"), balance.ejection.readyMin >= spec.workers {
            report(.warning, at: "balance.ejection.ready_min", "with \(spec.workers) workers none is ever ejected")
        }
    }

    mutating func checkHealth() {
        guard spec.health.path != nil else { return }
        if spec.health.timeout > spec.health.interval {
            report(
                .warning,
                at: "health.timeout",
                "timeout is more than interval: probes of a slow worker come later than the interval says"
            )
        }
    }

    mutating func checkLog() {
        if spec.log.fileBytesMax > spec.log.totalBytesMax {
            report(.error, at: "log.file_size_max", "file_size_max is more than total_size_max, the bound of all files")
        }
    }

    /// What another engine cannot do is said, key by key.
    mutating func checkEngine() {
        guard let engine = spec.front.engine, let carried = engine.carried else { return }
        if engine == .haproxy, spec.front.asksClients {
            report(.error, at: "front.listen", "HAProxy is not told to ask for certificates", "use the built-in engine")
        }
        for field in ProfileReference.fields where isGiven(field.path) && !carried.contains(field.path) {
            let isOfProxy = ["front.", "balance."].contains { field.path.hasPrefix($0) }
            guard isOfProxy else { continue }
            report(
                engine.refused.contains(field.path) ? .error : .warning,
                at: field.path,
                engine.refused.contains(field.path)
                    ? "\(engine.title) cannot do this: \(field.key)"
                    : "\(engine.title) has no word for \(field.key): it has no effect",
                "use the built-in engine"
            )
        }
        if engine == .haproxy, spec.front.listeners.contains(where: { $0.redirect?.acmeRoot != nil }) {
            let message = "HAProxy serves no files: proofs for certificates are redirected too"
            report(.warning, at: "front.listen", message, "use the built-in engine")
        }
        if engine == .nginx, spec.front.accessLog?.format == "json" {
            report(.warning, at: "front.access_log", "nginx writes its combined format here", "use the built-in engine")
        }
    }

    mutating func checkProxyProtocol() {
        guard spec.front.acceptProxyProtocol, spec.front.trustedProxies.isEmpty else { return }
        report(
            .warning,
            at: "front.accept_proxy_protocol",
            "nobody is trusted to send a PROXY protocol header: one is refused as a malformed request",
            "add the addresses of the proxies in front of Pool to trusted_proxies"
        )
    }
}
