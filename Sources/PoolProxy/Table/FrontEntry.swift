internal import PoolHTTP
internal import PoolModel
internal import PoolTLS

/// What is written beforehand for the requests of one listening address of a pool.
final class FrontEntry: Sendable {
    let requestPlan: RequestPlan
    let security: Security
    /// Whether there is anything that no worker is for: asked for each request.
    let hasOwnAnswers: Bool
    /// Files: the first whose prefix fits is meant.
    let roots: [StaticRoot]
    /// Requests go no further: their clients are sent to https.
    let redirect: HTTPSRedirect?
    /// Set where TLS is spoken and there are certificates.
    let tls: TLSContext?
    /// Plain clients may begin with HTTP/2.
    let takesHTTP2: Bool
    /// What is asked of a client's certificate; nil asks for none.
    let clients: ClientCertificates.Mode?
    /// Trusted proxies begin their connections with a PROXY protocol header.
    let acceptsProxyHeader: Bool
    /// Which clients' forwarding fields are believed.
    private let trusted: AddressRanges?

    /// What clients speak.
    enum Security {
        case plain, tls
        /// TLS is wanted and there is no certificate for it: connections are closed, never served in plain.
        case unavailable
    }

    init(
        _ listener: FrontListener?,
        front: FrontSpec,
        rules: HeaderRules,
        trusted: AddressRanges?,
        tls: TLSContext? = nil
    ) {
        self.tls = tls
        clients = listener?.tls?.clients?.mode
        redirect = listener?.redirect
        // Probes come without a listener, and are for workers. A listener that redirects serves nothing else but what
        // proves to an authority (RFC 8555, 8.3) that the site is ours.
        let proof = listener?.redirect?.acmeRoot.map { root in
            StaticSpec(prefix: HTTPSRedirect.acmePrefix, root: root + HTTPSRedirect.acmePrefix)
        }
        let specs = listener == nil ? [] : listener?.redirect == nil ? front.statics : proof.map { [$0] } ?? []
        roots = specs.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }.map(StaticRoot.init)
        hasOwnAnswers = redirect != nil || !roots.isEmpty
        takesHTTP2 = listener != nil && listener?.tls == nil && front.h2c
        acceptsProxyHeader = listener != nil && front.acceptProxyProtocol
        security = listener?.tls == nil ? .plain : tls == nil ? .unavailable : .tls
        let port: UInt16?
        let host: String
        switch listener?.address {
        case .tcp(_, let number)?:
            port = number
            host = "localhost"
        case .unix?, nil:
            port = nil
            host = "localhost"
        }
        requestPlan = RequestPlan(
            rules: rules,
            isSecure: security != .plain,
            port: port,
            host: host,
            preservesHost: front.preserveHost
        )
        self.trusted = trusted
    }

    /// Whether a client's forwarding fields are believed. Asked once for each connection.
    func trusts(_ peer: PeerAddress) -> Bool {
        guard let trusted, !trusted.isEmpty else { return false }
        guard let address = peer.address else { return trusted.hasUnix }
        return trusted.contains(address)
    }
}

/// The plans of a pool's front: one for each address, and one for probes.
struct FrontPlans: Sendable {
    let entries: [String: FrontEntry]
    let response: ResponsePlan
    let secureResponse: ResponsePlan
    /// Who is let through in maintenance.
    let allowed: AddressRanges?
    /// What of the front could not be used, and was left out. The profile's check refuses it earlier.
    let problems: [String]

    /// - Parameter tls: makes the context of a listener, or returns nil where there is no certificate for it.
    init(_ routes: PoolRoutes, tls: (FrontListener) -> TLSContext?) {
        var problems: [String] = []
        func compiled(_ rules: [HeaderRule], _ what: String) -> HeaderRules {
            do throws(HeaderRules.Issue) { return try HeaderRules(rules) } catch {
                problems.append("pool \(routes.name): \(what) headers: \(error)")
                return .none
            }
        }
        let front = routes.front
        // What workers are told of clients' certificates comes from us alone, by whatever listener a request comes.
        let forgeable = front.asksClients ? ClientCertificates.Field.allCases.map(\.rawValue) : []
        let requestRules = compiled(
            front.requestHeaders + forgeable.map { HeaderRule(name: $0, value: nil) },
            "request"
        )
        response = ResponsePlan(rules: compiled(front.responseHeaders, "response"))
        if let age = front.strictTransport {
            let field = HeaderRule(name: "Strict-Transport-Security", value: "max-age=\(age.components.seconds)")
            secureResponse = ResponsePlan(rules: compiled(front.responseHeaders + [field], "response"))
        } else {
            secureResponse = response
        }
        var trusted: AddressRanges?
        do throws(AddressRanges.Invalid) { trusted = try AddressRanges(front.trustedProxies) } catch {
            problems.append("pool \(routes.name): trusted proxies: \(error)")
        }
        var allowed: AddressRanges?
        do throws(AddressRanges.Invalid) { allowed = try AddressRanges(front.maintenance.allow) } catch {
            problems.append("pool \(routes.name): maintenance.allow: \(error)")
        }
        self.allowed = allowed
        var entries: [String: FrontEntry] = [:]
        for listener in front.listeners {
            entries[listener.address.description] = FrontEntry(
                listener,
                front: front,
                rules: requestRules,
                trusted: trusted,
                tls: listener.tls == nil ? nil : tls(listener)
            )
        }
        entries[ProbeHeader.listener] = FrontEntry(nil, front: front, rules: requestRules, trusted: nil)
        self.entries = entries
        self.problems = problems
    }
}
