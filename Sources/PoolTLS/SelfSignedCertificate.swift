internal import COpenSSL
internal import Glibc

/// A certificate that is its own authority, with a new key: for trying things out.
package struct SelfSignedCertificate: Hashable, Sendable {
    package let certificatePEM: String
    package let keyPEM: String

    /// The longest time that browsers accept of any certificate.
    package static let daysMax = 398

    /// - Parameters:
    ///   - names: hosts (`localhost`, `*.example.org`) and addresses; not empty. The first is the common name too.
    ///   - days: from now on; 1...``daysMax``.
    package init(names: [String], days: Int) throws(TLSIssue) {
        for name in names where !SelfSignedCertificate.isName(name) {
            throw TLSIssue("\(name) is neither a host's name nor an address")
        }
        guard let common = names.first else { throw TLSIssue("a certificate needs a name") }
        guard (1...SelfSignedCertificate.daysMax).contains(days) else {
            throw TLSIssue("\(days) days are not in 1...\(SelfSignedCertificate.daysMax)")
        }
        guard let key = co_new_key(), let certificate = X509_new() else { throw TLSIssue(TLSIssue.takeReason()) }
        defer {
            EVP_PKEY_free(key)
            X509_free(certificate)
        }
        let alternatives = names.map { (SelfSignedCertificate.isAddress($0) ? "IP:" : "DNS:") + $0 }
        let isMade =
            // A common name is bounded (RFC 5280, appendix A.1); clients look at the alternatives only.
            co_fill_certificate(
                certificate,
                key,
                String(common.prefix(64)),
                alternatives.joined(separator: ","),
                Int32(days)
            ) == 1
        guard isMade, let certificateText = co_pem_certificate(certificate), let keyText = co_pem_key(key) else {
            throw TLSIssue(TLSIssue.takeReason())
        }
        defer {
            free(certificateText)
            free(keyText)
        }
        certificatePEM = String(cString: certificateText)
        keyPEM = String(cString: keyText)
    }

    private static func isAddress(_ name: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, name, &bytes) == 1 || inet_pton(AF_INET6, name, &bytes) == 1
    }

    /// No comma or colon may come into the list of alternatives but those of an address.
    private static func isName(_ name: String) -> Bool {
        if isAddress(name) { return true }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        return labels.enumerated().allSatisfy { index, label in
            if index == 0, label == "*", labels.count > 1 { return true }
            return (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == 0x2d || $0 == 0x5f
                }
        }
    }
}
