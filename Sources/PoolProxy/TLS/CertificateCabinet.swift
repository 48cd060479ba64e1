internal import PoolModel
internal import PoolTLS

/// The certificates that this process was given, and the contexts made of them. Belongs to the control thread.
///
/// A context is made again only when one of its certificates has changed: sessions are resumed over all contexts, because
/// they share the ticket keys.
struct CertificateCabinet {
    private var certificates: [CertificateFiles: Certificate] = [:]
    private var contexts: [Key: TLSContext] = [:]
    private let tickets = TicketKeys()

    /// What a context is made for.
    struct Key: Hashable {
        var spec: TLSSpec
        var http2: Bool
    }

    /// Seals tickets with the manager's keys from now on.
    func adopt(_ keys: [TicketKey]) { tickets.adopt(keys) }

    /// Takes certificates in, in place of those of the same names.
    ///
    /// - Returns: what is wrong with those that cannot be used. The old ones stay then.
    mutating func take(_ bundles: [CertificateBundle]) -> [String] {
        var problems: [String] = []
        for bundle in bundles {
            do throws(TLSIssue) {
                certificates[bundle.files] = try Certificate(bundle)
                contexts = contexts.filter { !$0.key.spec.certificates.contains(bundle.files) }
            } catch {
                problems.append("certificate not used: \(error)")
            }
        }
        return problems
    }

    /// Something else is in a file with authorities from now on.
    mutating func forget(authorities path: String) {
        contexts = contexts.filter { $0.key.spec.clients?.authorities != path }
    }

    /// The context of a listener; nil where one of its certificates was never given.
    ///
    /// - Parameter text: what a file with authorities holds; nil where it was never given.
    mutating func context(
        for spec: TLSSpec,
        http2: Bool,
        authorities text: (String) -> String?,
        _ problems: inout [String]
    ) -> TLSContext? {
        let key = Key(spec: spec, http2: http2)
        if let context = contexts[key] { return context }
        do throws(TLSIssue) {
            let found = spec.certificates.compactMap { certificates[$0] }
            guard found.count == spec.certificates.count else {
                let missing = spec.certificates.first { certificates[$0] == nil }?.certificate ?? "?"
                problems.append("no certificate was given for \(missing): its listener refuses connections")
                return nil
            }
            var authorities: ClientAuthorities?
            if let path = spec.clients?.authorities {
                guard let text = text(path) else {
                    problems.append("no authorities were given for \(path): its listener refuses connections")
                    return nil
                }
                authorities = try ClientAuthorities(text, of: path)
            }
            let context = try TLSContext(found, spec: spec, http2: http2, authorities: authorities, tickets: tickets)
            contexts[key] = context
            return context
        } catch {
            problems.append("TLS cannot be set up: \(error)")
            return nil
        }
    }

    /// Forgets the contexts that no listener of the table has. Certificates stay: the next table may name them.
    mutating func sweep(_ wanted: Set<Key>) {
        contexts = contexts.filter { wanted.contains($0.key) }
    }
}
