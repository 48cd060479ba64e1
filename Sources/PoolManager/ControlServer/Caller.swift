internal import NIOCore
internal import PoolOS

/// Who asks for something.
enum Caller: Hashable, Sendable {
    /// A process of this host, as the kernel names it.
    case local(PeerCredentials)
    /// The holder of a certificate, as its authority names it, and where it calls from.
    case remote(names: [String], address: String)

    /// What the kernel says of a process of this host.
    var credentials: PeerCredentials? {
        if case .local(let peer) = self { peer } else { nil }
    }

    /// How events and the audit log name it: `alice (uid 1000, pid 4711)`, `deploy.example.org (10.0.0.7:51234)`.
    var actor: String {
        switch self {
        case .local(let peer): peer.actor
        case .remote(let names, let address): "\(names.first ?? "nobody") (\(address))"
        }
    }

    /// Who is at the other end of a connection with TLS; nil where its handshake is not over.
    static func remote(_ channel: any Channel) async -> Caller? {
        let names = try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: TLSHandler.self).names
        }.get()
        guard let names, !names.isEmpty else { return nil }
        let address = channel.remoteAddress.map { "\($0.ipAddress ?? "unknown"):\($0.port ?? 0)" }
        return .remote(names: names, address: address ?? "unknown")
    }
}
