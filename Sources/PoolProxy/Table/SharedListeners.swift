internal import PoolModel

/// The fronts of a table that share an address: which one is the default, and what TLS all of them show there.
struct SharedListeners {
    /// By address: the pools that listen there, the default first, the others in the table's order.
    let pools: [String: [String]]
    private let tls: [String: CertificateCabinet.Key]

    init(_ table: RoutingTable) {
        var pools: [String: [(name: String, isDefault: Bool)]] = [:]
        var listeners: [String: [String: FrontListener]] = [:]
        for routes in table.pools {
            for listener in routes.front.listeners {
                let address = listener.address.description
                pools[address, default: []].append((routes.name, routes.front.isDefaultServer))
                listeners[address, default: [:]][routes.name] = listener
            }
        }
        self.pools = pools.mapValues { list in
            (list.filter(\.isDefault) + list.filter { !$0.isDefault }).map(\.name)
        }
        let http2 = Dictionary(table.pools.map { ($0.name, $0.front.http2) }, uniquingKeysWith: { first, _ in first })
        var tls: [String: CertificateCabinet.Key] = [:]
        for (address, names) in self.pools {
            let all = names.compactMap { listeners[address]?[$0]?.tls }
            guard var spec = all.first else { continue }
            // The default's policy holds for all: before the handshake nobody knows whom a client wants. The check of
            // the profiles sees to it that they do not differ where that would matter.
            for other in all.dropFirst() {
                spec.certificates += other.certificates.filter { !spec.certificates.contains($0) }
            }
            tls[address] = CertificateCabinet.Key(spec: spec, http2: names.first.flatMap { http2[$0] } ?? true)
        }
        self.tls = tls
    }

    /// What is shown at a listener's address; nil where it speaks plain HTTP.
    func key(of listener: FrontListener) -> CertificateCabinet.Key? {
        listener.tls == nil ? nil : tls[listener.address.description]
    }

    var keys: Set<CertificateCabinet.Key> { Set(tls.values) }
}
