import PoolModel
internal import PoolTOML

/// What a profile's keys must be to one another, once each of them is good by itself.
struct ProfileValidator {
    private(set) var spec: PoolSpec
    private(set) var problems: [ProfileProblem] = []
    private let profile: Profile
    private let runDirectory: String
    private let broken: Set<String>

    /// - Parameter broken: keys whose values were refused: nothing is said of what follows from them.
    init(_ profile: Profile, runtimeDirectory: String, broken: Set<String>) {
        self.profile = profile
        self.broken = broken
        spec = profile.spec
        runDirectory = "\(runtimeDirectory)/\(spec.name)"
    }

    mutating func check() {
        checkFront()
        checkWorkers()
        checkReadiness()
        checkStopping()
        checkScale()
        checkProxyProtocol()
        checkEngine()
        checkBalance()
        checkHealth()
        checkLog()
    }

    // MARK: - Reporting

    private mutating func report(
        _ severity: ProfileIssue.Severity,
        at key: String,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        guard !broken.contains(key) else { return }
        let table = ProfileReference.field(key)?.table ?? key
        let position = profile.position(of: key) ?? profile.position(of: table) ?? TextPosition(line: 1, column: 1)
        problems.append(
            ProfileProblem(position: position, severity: severity, message: message, suggestion: suggestion)
        )
    }

    private func isGiven(_ key: String) -> Bool { profile.position(of: key) != nil && !broken.contains(key) }

    // MARK: - Front

    private mutating func checkFront() {
        resolveFiles()
        checkSecurity()
        let listen = spec.front.listen
        for (index, address) in listen.enumerated() {
            guard let other = listen[..<index].first(where: { $0.collides(with: address) }) else { continue }
            let message = other == address ? "\(address) is given twice" : "\(address) is already taken by \(other)"
            report(.error, at: "front.listen", message)
        }
        if let range = spec.front.trustedProxies.first(where: { $0.hasSuffix("/0") }) {
            report(
                .warning,
                at: "front.trusted_proxies",
                "\(range) lets every client claim any address in its forwarding headers",
                "name the proxies that stand in front of Pool"
            )
        }
        if spec.front.limits.requestLineBytesMax > spec.front.limits.headBytesMax {
            report(
                .error,
                at: "front.limits.request_line_size_max",
                "request_line_size_max is more than head_size_max, of which it is a part"
            )
        }
    }

    /// Paths are relative to the profile.
    private mutating func resolveFiles() {
        for index in spec.front.statics.indices {
            spec.front.statics[index].root = Path.absolute(spec.front.statics[index].root, in: profile.directory)
        }
        for index in spec.front.errorPages.indices {
            spec.front.errorPages[index].file = Path.absolute(spec.front.errorPages[index].file, in: profile.directory)
        }
        if let page = spec.front.maintenance.page {
            spec.front.maintenance.page = Path.absolute(page, in: profile.directory)
        }
        for listener in spec.front.listeners.indices {
            if let webroot = spec.front.listeners[listener].redirect?.acmeRoot {
                spec.front.listeners[listener].redirect?.acmeRoot = Path.absolute(webroot, in: profile.directory)
            }
            guard let tls = spec.front.listeners[listener].tls else { continue }
            spec.front.listeners[listener].tls?.certificates = tls.certificates.map { files in
                CertificateFiles(
                    certificate: Path.absolute(files.certificate, in: profile.directory),
                    key: Path.absolute(files.key, in: profile.directory),
                    staple: files.staple.map { Path.absolute($0, in: profile.directory) }
                )
            }
            if let authorities = tls.clients?.authorities {
                spec.front.listeners[listener].tls?.clients?.authorities = Path.absolute(
                    authorities,
                    in: profile.directory
                )
            }
        }
    }

    private mutating func checkSecurity() {
        let listeners = spec.front.listeners
        for case (let address, let redirect?) in listeners.map({ ($0.address, $0.redirect) }) {
            let target = listeners.first { listener in
                guard case .tcp(_, let port) = listener.address else { return false }
                return listener.tls != nil && port == redirect.port
            }
            guard target == nil, redirect.port != 443 else { continue }
            report(
                .warning,
                at: "front.listen",
                "\(address) redirects to port \(redirect.port), where no listener of this profile speaks https"
            )
        }
        for (index, spec) in spec.front.statics.enumerated() {
            guard self.spec.front.statics[..<index].contains(where: { $0.prefix == spec.prefix }) else { continue }
            report(.error, at: "front.static", "the prefix \(quoted(spec.prefix)) is given twice")
        }
        var named: Set<Int> = []
        for status in spec.front.errorPages.flatMap(\.statuses) where !named.insert(status).inserted {
            report(.error, at: "front.error_page", "status \(status) has two pages")
        }
        if spec.front.strictTransport != nil, !listeners.contains(where: { $0.tls != nil }) {
            report(.warning, at: "front.hsts", "no listener speaks https: browsers take hsts from https only")
        }
    }

    // MARK: - Workers

    private mutating func checkWorkers() {
        guard !broken.contains("worker.listen"), !broken.contains("pool.name"), !broken.contains("pool.workers"),
            !broken.contains("pool.first")
        else { return }
        guard checkAddresses(), let first = values(spec.first) else { return }
        checkTemplates(first)
        checkCommand()
        let address = first.address ?? .unix(path: "/")
        if !address.isLocal {
            report(
                .warning,
                at: "worker.listen",
                "workers on \(address) can be reached past the proxy",
                "listen on 127.0.0.1 or on a unix socket"
            )
        }
        if ["unix:/tmp/", "unix:/var/tmp/"].contains(where: spec.worker.listen.hasPrefix) {
            report(
                .warning,
                at: "worker.listen",
                "in a directory for all, every user of the host can put a socket in the worker's place",
                "use {run}, the pool's own directory"
            )
        }
        if spec.worker.socketMode != nil, case .tcp = address {
            report(.warning, at: "worker.socket_mode", "the worker listens on TCP and has no socket file")
        }
        if let mode = spec.worker.socketMode, mode & 0o002 != 0 {
            report(
                .warning,
                at: "worker.socket_mode",
                "every user of the host can connect past the proxy",
                "use \"0660\""
            )
        }
        if spec.worker.user == "root" || spec.worker.user == "0" {
            report(
                .warning,
                at: "worker.user",
                "the workers run as root",
                "name a user without rights, such as \"nobody\""
            )
        }
    }

    private func values(_ number: Int) -> TemplateValues? {
        var values = TemplateValues(
            pool: spec.name,
            number: number,
            runDirectory: runDirectory,
            profileDirectory: profile.directory
        )
        do throws(TemplateError) {
            values.address = try WorkerCommand.address(spec.worker.listen, with: values)
        } catch {
            return nil
        }
        return values
    }

    /// Every worker's address must be one, and its own. Only the first trouble is reported.
    private mutating func checkAddresses() -> Bool {
        var seen: [Address: Int] = [:]
        for id in spec.workerIDs {
            let values = TemplateValues(
                pool: spec.name,
                number: id.number,
                runDirectory: runDirectory,
                profileDirectory: profile.directory
            )
            let address: Address
            do throws(TemplateError) {
                address = try WorkerCommand.address(spec.worker.listen, with: values)
            } catch {
                report(.error, at: "worker.listen", "worker \(id): \(error.message)", error.suggestion)
                return false
            }
            if let other = seen.updateValue(id.number, forKey: address) {
                report(
                    .error,
                    at: "worker.listen",
                    "workers \(other) and \(id.number) would both listen on \(address)",
                    address.isLocal && spec.worker.listen.hasPrefix("unix:")
                        ? "put {n} into the path" : "write the port as a sum, as in {8080+n}"
                )
                return false
            }
            if let taken = spec.front.listen.first(where: { $0.collides(with: address) }) {
                report(
                    .error,
                    at: isGiven("worker.listen") ? "worker.listen" : "front.listen",
                    "worker \(id) would listen on \(address), where the front listens (\(taken))"
                )
                return false
            }
        }
        return true
    }

    private mutating func checkTemplates(_ values: TemplateValues) {
        check(spec.worker.command, at: "worker.command", values)
        for hook in Hook.allCases { check(spec.hooks[hook], at: "hooks.\(hook.rawValue)", values) }
        check(spec.worker.directory.map { [$0] } ?? [], at: "worker.directory", values)
        check(spec.worker.environmentFiles, at: "worker.environment_files", values)
        check(spec.worker.environment.sorted { $0.key < $1.key }.map(\.value), at: "worker.environment", values)
    }

    private mutating func check(_ texts: [String], at key: String, _ values: TemplateValues) {
        for text in texts where !broken.contains(key) {
            do throws(TemplateError) {
                _ = try Template.expand(text, with: values)
            } catch {
                report(.error, at: key, "\(quoted(text)): \(error.message)", error.suggestion)
            }
        }
    }

    /// Workers that are told nothing of their own all try to listen on the same address.
    private mutating func checkCommand() {
        guard spec.workers > 1, !broken.contains("worker.environment") else { return }
        let texts =
            spec.worker.command + spec.worker.environment.values + (spec.worker.directory.map { [$0] } ?? [])
            + spec.worker.environmentFiles
        let differs = texts.contains { text in
            do throws(TemplateError) { return try Template(text).differsPerWorker } catch { return true }
        }
        guard !differs else { return }
        report(
            .warning,
            at: "worker.command",
            "the command is the same for all \(spec.workers) workers, so none is told where to listen",
            "add {socket} or {port} to it"
        )
    }

    // MARK: - Life

    private mutating func checkReadiness() {
        if let venv = spec.worker.venv {
            spec.worker.venv?.path = Path.absolute(venv.path, in: profile.directory)
            // The first start makes the environment.
            if !isGiven("worker.start_timeout") { spec.worker.startTimeout += venv.timeout }
        }
        let worker = spec.worker
        if worker.ready == .probe, spec.health.path == nil, !broken.contains("health.path") {
            spec.worker.ready = .listen
            if isGiven("worker.ready") {
                report(
                    .warning,
                    at: "worker.ready",
                    "ready = \"probe\" needs [health] path; a worker is ready here when it listens",
                    "add [health] path = \"/health\""
                )
            }
        }
        if worker.inheritsSocket, worker.ready == .listen {
            report(
                .warning,
                at: "worker.ready",
                "with listen_fds the socket listens before the worker does, so ready = \"listen\" says nothing",
                "use ready = \"probe\" with a [health] path, or \"notify\""
            )
        }
        if worker.ready == .time, worker.startSeconds > worker.startTimeout {
            report(
                .error,
                at: "worker.start_seconds",
                "start_seconds is more than start_timeout: no start could succeed"
            )
        }
        if worker.watchdog != nil, worker.ready != .notify {
            report(
                .warning,
                at: "worker.watchdog",
                "a worker with a watchdog must send WATCHDOG=1, or it is restarted again and again",
                "if it speaks sd_notify, use ready = \"notify\" too"
            )
        }
        if worker.backoff.initial > worker.backoff.maximum {
            report(.error, at: "worker.backoff.initial", "initial is more than maximum")
        }
        if worker.backoff.initial == .zero {
            report(.warning, at: "worker.backoff.initial", "a worker that fails is started again without a pause")
        }
    }

    private mutating func checkScale() {
        let scale = spec.scale
        if scale.min > scale.max { report(.error, at: "scale.min", "min \(scale.min) is more than max \(scale.max)") }
        guard scale.auto != .off else { return }
        if !(scale.min...max(scale.min, scale.max)).contains(spec.workers) {
            report(
                .error,
                at: "pool.workers",
                "\(spec.workers) workers are not within [scale] min \(scale.min) and max \(scale.max)",
                "begin with a number within them"
            )
        }
        if scale.growBusy == 0, scale.growQueue == 0 {
            report(.error, at: "scale.auto", "grow_queue and grow_busy are both 0: the pool could never grow")
        }
        if scale.growBusy > 0, scale.shrinkBusy >= scale.growBusy {
            report(.error, at: "scale.shrink_busy", "shrink_busy is not less than grow_busy: the pool would flap")
        }
    }

    private mutating func checkStopping() {
        let signals = spec.worker.stopSignals
        if let kill = signals.firstIndex(of: "KILL"), kill + 1 < signals.count || kill == 0 {
            report(
                .warning,
                at: "worker.stop_signals",
                "KILL ends a worker in the middle of its requests; it is sent last in any case",
                "use \"TERM\""
            )
        }
    }

    /// What another engine cannot do is said, key by key.
    private mutating func checkEngine() {
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

    private mutating func checkProxyProtocol() {
        guard spec.front.acceptProxyProtocol, spec.front.trustedProxies.isEmpty else { return }
        report(
            .warning,
            at: "front.accept_proxy_protocol",
            "nobody is trusted to send a PROXY protocol header: one is refused as a malformed request",
            "add the addresses of the proxies in front of Pool to trusted_proxies"
        )
    }

    // MARK: - Traffic

    private mutating func checkBalance() {
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
        if isGiven("balance.ejection.ready_min"), balance.ejection.readyMin >= spec.workers {
            report(.warning, at: "balance.ejection.ready_min", "with \(spec.workers) workers none is ever ejected")
        }
    }

    private mutating func checkHealth() {
        guard spec.health.path != nil else { return }
        if spec.health.timeout > spec.health.interval {
            report(
                .warning,
                at: "health.timeout",
                "timeout is more than interval: probes of a slow worker come later than the interval says"
            )
        }
    }

    private mutating func checkLog() {
        if spec.log.fileBytesMax > spec.log.totalBytesMax {
            report(.error, at: "log.file_size_max", "file_size_max is more than total_size_max, the bound of all files")
        }
    }
}
