/// One address of a front, and what clients speak there.
package struct FrontListener: Hashable, Sendable, Codable {
    package var address: Address
    /// nil is plain HTTP.
    package var tls: TLSSpec?
    /// Requests are not passed on but redirected to the same host and path over https.
    package var redirect: HTTPSRedirect?

    package init(_ address: Address, tls: TLSSpec? = nil, redirect: HTTPSRedirect? = nil) {
        self.address = address
        self.tls = tls
        self.redirect = redirect
    }
}

/// How a listener sends its clients to https.
package struct HTTPSRedirect: Hashable, Sendable, Codable {
    /// The port of the https address; 443 is not written into the location.
    package var port: UInt16 = 443
    /// The directory given to an ACME client as its "webroot": what it puts below ``acmePrefix`` is served, not redirected.
    package var acmeRoot: String?

    package static let acmePrefix = "/.well-known/acme-challenge/"

    package init(port: UInt16 = 443, acmeRoot: String? = nil) {
        self.port = port
        self.acmeRoot = acmeRoot
    }
}

/// TLS on a listener: which certificates, which versions.
package struct TLSSpec: Hashable, Sendable, Codable {
    /// The least version that is spoken.
    package enum Version: String, Hashable, Sendable, Codable, CaseIterable {
        case v12 = "1.2"
        case v13 = "1.3"
    }

    /// The first one is for clients that name no host, or one that no certificate is for.
    package var certificates: [CertificateFiles]
    package var versionMin = Version.v12

    package init(certificates: [CertificateFiles], versionMin: Version = .v12) {
        self.certificates = certificates
        self.versionMin = versionMin
    }

    /// Whether two differ in nothing but their certificates.
    package func hasSamePolicy(as other: TLSSpec) -> Bool {
        var same = other
        same.certificates = certificates
        return same == self
    }
}

/// A certificate with its chain, and its private key: PEM files.
package struct CertificateFiles: Hashable, Sendable, Codable {
    /// The certificate first, then those that lead to an authority.
    package var certificate: String
    /// May be the same file.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// What a pair of files held when the manager read them: proxies need no right to read keys.
package struct CertificateBundle: Hashable, Sendable, Codable {
    /// What routing tables call it.
    package var files: CertificateFiles
    package var certificatePEM: String
    package var keyPEM: String

    package init(files: CertificateFiles, certificatePEM: String, keyPEM: String) {
        self.files = files
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}
