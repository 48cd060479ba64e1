package import PoolModel

/// A certificate of the fronts, as the proxies use it.
package struct CertificateStatus: Hashable, Sendable, Codable {
    /// The files, as the profiles name them.
    package var certificate: String
    package var key: String
    /// The pools whose fronts show it.
    package var pools: [String]
    /// Where it is shown: `0.0.0.0:443`.
    package var listen: [String]
    /// Hosts and addresses that it is for. Empty while there has never been a good one.
    package var names: [String]
    package var subject: String?
    package var issuer: String?
    /// `EC 256`, `RSA 2048`.
    package var keyKind: String?
    /// SHA-256, hexadecimal.
    package var fingerprint: String?
    package var selfSigned: Bool
    package var validFrom: Timestamp?
    package var validUntil: Timestamp?
    /// Why what the files hold now is not used: the one before is, where there is one.
    package var problem: String?

    package init(
        certificate: String,
        key: String,
        pools: [String] = [],
        listen: [String] = [],
        names: [String] = [],
        subject: String? = nil,
        issuer: String? = nil,
        keyKind: String? = nil,
        fingerprint: String? = nil,
        selfSigned: Bool = false,
        validFrom: Timestamp? = nil,
        validUntil: Timestamp? = nil,
        problem: String? = nil
    ) {
        self.certificate = certificate
        self.key = key
        self.pools = pools
        self.listen = listen
        self.names = names
        self.subject = subject
        self.issuer = issuer
        self.keyKind = keyKind
        self.fingerprint = fingerprint
        self.selfSigned = selfSigned
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.problem = problem
    }
}

/// The certificates of all fronts, by their files' names.
package struct CertificateList: Hashable, Sendable, Codable {
    package var certificates: [CertificateStatus]

    package init(certificates: [CertificateStatus]) { self.certificates = certificates }
}

/// Has the certificates' files read at once, instead of within five seconds.
package struct ReloadCertificatesRequest: Hashable, Sendable, Codable {
    package var why: String

    package init(why: String = "") { self.why = why }

    private enum CodingKeys: CodingKey { case why }

    package init(from decoder: any Decoder) throws {
        why = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .why) ?? ""
    }

    package func validate() throws(PoolError) {
        if why.utf8.count > ActionRequest.whyBytesMax {
            throw PoolError(.tooLarge, "why is longer than \(ActionRequest.whyBytesMax) bytes")
        }
    }
}

/// What the reading came to.
package struct ReloadCertificatesReply: Hashable, Sendable, Codable {
    /// The certificates that are new, by their files' names: clients that connect from now on see them.
    package var changed: [String]
    package var certificates: [CertificateStatus]

    package init(changed: [String], certificates: [CertificateStatus]) {
        self.changed = changed
        self.certificates = certificates
    }
}
