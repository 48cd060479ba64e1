internal import PoolModel
internal import PoolTLS

/// The certificates that this process was given, and the contexts made of them. Belongs to the control thread.
///
/// A context is made again only when one of its certificates has changed: sessions are resumed over all contexts, because
/// they share the ticket keys.
struct CertificateCabinet {
    private var certificates: [CertificateFiles: Certificate] = [:]
    private var contexts: [TLSSpec: TLSContext] = [:]
    private let tickets = TicketKeys()

    /// Takes certificates in, in place of those of the same names.
    ///
    /// - Returns: what is wrong with those that cannot be used. The old ones stay then.
    mutating func take(_ bundles: [CertificateBundle]) -> [String] {
        var problems: [String] = []
        for bundle in bundles {
            do throws(TLSIssue) {
                certificates[bundle.files] = try Certificate(bundle)
                contexts = contexts.filter { !$0.key.certificates.contains(bundle.files) }
            } catch {
                problems.append("certificate not used: \(error)")
            }
        }
        return problems
    }

    /// The context of a listener; nil where one of its certificates was never given.
    mutating func context(for spec: TLSSpec, _ problems: inout [String]) -> TLSContext? {
        if let context = contexts[spec] { return context }
        do throws(TLSIssue) {
            let found = spec.certificates.compactMap { certificates[$0] }
            guard found.count == spec.certificates.count else {
                let missing = spec.certificates.first { certificates[$0] == nil }?.certificate ?? "?"
                problems.append("no certificate was given for \(missing): its listener refuses connections")
                return nil
            }
            let context = try TLSContext(found, spec: spec, tickets: tickets)
            contexts[spec] = context
            return context
        } catch {
            problems.append("TLS cannot be set up: \(error)")
            return nil
        }
    }

    /// Forgets the contexts that no listener of the table has. Certificates stay: the next table may name them.
    mutating func sweep(_ table: RoutingTable) {
        let wanted = Set(table.pools.flatMap(\.front.listeners).compactMap(\.tls))
        contexts = contexts.filter { wanted.contains($0.key) }
    }
}
