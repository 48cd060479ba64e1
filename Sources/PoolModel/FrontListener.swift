/// One address of a front, and what clients speak there.
package struct FrontListener: Hashable, Sendable, Codable {
    package var address: Address
    /// nil is plain HTTP.
    package var tls: TLSSpec?
    /// Requests are not passed on but redirected to the same host and path over https.
    package var redirect: HTTPSRedirect?
    /// Who may connect to a unix socket; nil is its owner and group.
    package var access: SocketAccess?

    package init(
        _ address: Address,
        tls: TLSSpec? = nil,
        redirect: HTTPSRedirect? = nil,
        access: SocketAccess? = nil
    ) {
        self.access = access
        self.address = address
        self.tls = tls
        self.redirect = redirect
    }
}

/// The owner and the mode of a unix socket.
package struct SocketAccess: Hashable, Sendable, Codable {
    /// nil is 0660.
    package var mode: UInt16?
    /// Names or numbers; nil keeps the daemon's own.
    package var owner: String?
    package var group: String?

    package init(mode: UInt16? = nil, owner: String? = nil, group: String? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
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
    /// nil asks clients for no certificate.
    package var clients: ClientCertificates?

    package init(
        certificates: [CertificateFiles],
        versionMin: Version = .v12,
        clients: ClientCertificates? = nil
    ) {
        self.certificates = certificates
        self.versionMin = versionMin
        self.clients = clients
    }

    /// Whether two differ in nothing but their certificates.
    package func hasSamePolicy(as other: TLSSpec) -> Bool {
        var same = other
        same.certificates = certificates
        return same == self
    }
}

/// What clients show of themselves in the handshake.
package struct ClientCertificates: Hashable, Sendable, Codable {
    package enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// Requests of clients without one go on, and workers are told that there was none.
        case optional
        /// They get 400.
        case required
    }

    package var mode: Mode
    /// A PEM file with the certificates of the authorities that are believed.
    package var authorities: String

    package init(mode: Mode, authorities: String) {
        self.mode = mode
        self.authorities = authorities
    }

    /// What workers are told, in fields that clients cannot set.
    package enum Field: String, CaseIterable {
        /// `success` or `none`.
        case verify = "X-SSL-Client-Verify"
        /// RFC 2253.
        case subject = "X-SSL-Client-Subject"
        /// Hosts, addresses, mailboxes and URIs, separated by commas.
        case names = "X-SSL-Client-Names"
        /// SHA-256, hexadecimal.
        case fingerprint = "X-SSL-Client-Fingerprint"
    }
}

/// A certificate with its chain, and its private key: PEM files.
package struct CertificateFiles: Hashable, Sendable, Codable {
    /// The certificate first, then those that lead to an authority.
    package var certificate: String
    /// May be the same file.
    package var key: String
    /// An authority's answer about the certificate (OCSP, DER), which is sent along in handshakes.
    package var staple: String?

    package init(certificate: String, key: String, staple: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.staple = staple
    }
}

/// What a pair of files held when the manager read them: proxies need no right to read keys.
package struct CertificateBundle: Hashable, Sendable, Codable {
    /// What routing tables call it.
    package var files: CertificateFiles
    package var certificatePEM: String
    package var keyPEM: String
    /// In Base64.
    package var staple: String?

    package init(files: CertificateFiles, certificatePEM: String, keyPEM: String, staple: String? = nil) {
        self.staple = staple
        self.files = files
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }
}
