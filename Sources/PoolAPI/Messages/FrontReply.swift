package import PoolModel

/// `GET /v1/pools/{pool}/front`: where clients connect, and the certificates that they are shown.
package struct FrontReply: Hashable, Sendable, Codable {
    package var pool: String
    package var listeners: [ListenerReport]
    /// Each pair of files once, in the order of the listeners.
    package var certificates: [CertificateReport]
    /// What the proxies count that belongs to no worker; of all pools.
    package var proxy: ProxyStats

    package init(
        pool: String,
        listeners: [ListenerReport],
        certificates: [CertificateReport],
        proxy: ProxyStats = ProxyStats()
    ) {
        self.pool = pool
        self.listeners = listeners
        self.certificates = certificates
        self.proxy = proxy
    }
}

/// One address of a front.
package struct ListenerReport: Hashable, Sendable, Codable {
    package var address: Address
    /// `http`, `https`, or `redirect` where requests are only sent on to https.
    package var speaks: String
    /// The least version of TLS; nil without TLS.
    package var versionMin: String?
    /// The files of its certificates: ``CertificateReport/certificate``.
    package var certificates: [String]

    package init(_ listener: FrontListener) {
        address = listener.address
        speaks = listener.redirect != nil ? "redirect" : listener.tls != nil ? "https" : "http"
        versionMin = listener.tls?.versionMin.rawValue
        certificates = listener.tls?.certificates.map(\.certificate) ?? []
    }
}

/// A pair of certificate and key as the daemon last read it.
package struct CertificateReport: Hashable, Sendable, Codable {
    /// The file of the certificate.
    package var certificate: String
    /// Whom it is for: `CN = example.org`.
    package var subject: String?
    package var issuer: String?
    /// The hosts that it names: `DNS:example.org, DNS:*.example.org`.
    package var names: String?
    package var validFrom: Timestamp?
    package var validUntil: Timestamp?
    /// What is wrong with the files as they are now; the pair before them, if any, stays in use.
    package var failure: String?

    package init(certificate: String) { self.certificate = certificate }
}
