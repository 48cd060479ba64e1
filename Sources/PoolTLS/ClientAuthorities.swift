internal import COpenSSL

/// The authorities whose signature on a client's certificate is believed.
// Unchecked: the library's objects are not changed after the initialiser, and freed only with the last reference.
package final class ClientAuthorities: @unchecked Sendable {
    let certificates: [OpaquePointer]
    /// Sessions are resumed only under the same authorities: 32 bytes that tell them apart.
    let sessionContext: [UInt8]

    /// - Parameter path: for messages.
    package init(_ pem: String, of path: String) throws(TLSIssue) {
        certificates = try Certificate.certificates(in: pem, of: path, most: ClientAuthorities.most)
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(pem.utf8)
        guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
            certificates.forEach { X509_free($0) }
            throw TLSIssue(TLSIssue.takeReason())
        }
        sessionContext = digest
    }

    deinit { certificates.forEach { X509_free($0) } }

    /// Certificates of one file. Beyond: the rest is not looked at.
    private static let most = 256
}

/// Who a client has shown to be, by its certificate.
package enum ClientIdentity: Hashable, Sendable {
    /// It showed none.
    case none
    case verified(CertificateFacts)
    /// It showed one that is not believed; why, in the library's words.
    case refused(String)
}
