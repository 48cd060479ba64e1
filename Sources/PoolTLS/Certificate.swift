internal import COpenSSL
internal import Glibc
package import PoolModel

/// A certificate, the chain behind it and the private key: read from PEM text and found to belong together.
// Unchecked: the objects of the library are not changed after the initialiser, and freed only with the last reference.
package final class Certificate: @unchecked Sendable {
    let leaf: OpaquePointer
    /// What leads from the certificate to an authority, in the order of the file.
    let chain: [OpaquePointer]
    let key: OpaquePointer
    /// Seconds after the epoch at which it begins and ceases to be valid.
    package let validFrom: Int64
    package let validUntil: Int64
    /// The answer of an authority that is stapled to the handshake, where there is one that fits.
    package let staple: [UInt8]?
    /// Seconds after the epoch at which the answer's time is over: from then on it is not stapled.
    package let stapleUntil: Int64
    /// Why there is none though one was given.
    package let stapleIssue: String?

    /// - Parameter bundle: the texts of both files; the same text may hold both.
    package init(_ bundle: CertificateBundle) throws(TLSIssue) {
        let files = bundle.files
        let certificates = try Certificate.certificates(in: bundle.certificatePEM, of: files.certificate)
        let key: OpaquePointer
        do throws(TLSIssue) {
            key = try Certificate.key(in: bundle.keyPEM, of: files.key)
        } catch {
            certificates.forEach { X509_free($0) }
            throw error
        }
        let leaf = certificates[0]
        guard X509_check_private_key(leaf, key) == 1 else {
            ERR_clear_error()
            certificates.forEach { X509_free($0) }
            EVP_PKEY_free(key)
            throw TLSIssue("\(files.key): the key is not that of the certificate in \(files.certificate)")
        }
        self.leaf = leaf
        self.key = key
        chain = Array(certificates.dropFirst())
        validFrom = Certificate.seconds(X509_get0_notBefore(leaf))
        validUntil = Certificate.seconds(X509_get0_notAfter(leaf))
        var issue: String?
        var end: Int64 = .max
        staple = bundle.staple.flatMap { text in
            let bytes = Base64Bytes.decode(text)
            let issuer = certificates.count > 1 ? certificates[1] : leaf
            switch co_check_staple(bytes, bytes.count, leaf, issuer, &end) {
            case 0: return bytes
            case 1: issue = "it is no successful answer of OCSP"
            case 2: issue = "it is about another certificate"
            case 3: issue = "its time is over, or has not begun"
            case 4: issue = "it says that the certificate is revoked or unknown"
            case 6: issue = "it is not signed by the certificate's issuer, nor by a responder of it"
            default: issue = "it cannot be judged without the issuer's certificate behind ours in the file"
            }
            ERR_clear_error()
            return nil
        }
        stapleUntil = end
        stapleIssue = issue.map { "\(files.staple ?? ""): not stapled: \($0)" }
    }

    deinit {
        X509_free(leaf)
        chain.forEach { X509_free($0) }
        EVP_PKEY_free(key)
    }

    /// Whether it is for this host, wildcards included.
    func isFor(_ host: UnsafePointer<CChar>) -> Bool { X509_check_host(leaf, host, 0, 0, nil) == 1 }

    /// - Parameter most: no more are read than this.
    static func certificates(in text: String, of path: String, most: Int = 32) throws(TLSIssue) -> [OpaquePointer] {
        var text = text
        var found: [OpaquePointer] = []
        text.withUTF8 { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return }
            defer { BIO_free(memory) }
            while found.count < most, let certificate = PEM_read_bio_X509(memory, nil, giveNoPassphrase, nil) {
                found.append(certificate)
            }
        }
        // The reading ends with an error in any case: at the end of the text there is no further beginning.
        let code = co_error_reason(ERR_peek_last_error())
        let reason = TLSIssue.takeReason()
        if found.isEmpty {
            throw TLSIssue(
                code == PEM_R_NO_START_LINE
                    ? "\(path): holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
                    : "\(path): the certificate cannot be read: \(reason)"
            )
        }
        if code != PEM_R_NO_START_LINE && code != 0 {
            found.forEach { X509_free($0) }
            throw TLSIssue("\(path): certificate \(found.count + 1) in it cannot be read: \(reason)")
        }
        return found
    }

    private static func key(in text: String, of path: String) throws(TLSIssue) -> OpaquePointer {
        var text = text
        let key: OpaquePointer? = text.withUTF8 { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(memory) }
            return PEM_read_bio_PrivateKey(memory, nil, giveNoPassphrase, nil)
        }
        let reason = TLSIssue.takeReason()
        if let key { return key }
        if text.contains("ENCRYPTED") {
            throw TLSIssue("\(path): the key has a passphrase, which nobody could type; store it without one")
        }
        // The library's decoders say no more than "unsupported" of a text that is no key.
        throw TLSIssue(
            !text.contains("PRIVATE KEY-----")
                ? "\(path): holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)"
                : "\(path): the key cannot be read: \(reason)"
        )
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }
}

/// Asked for a passphrase. Without it the library would ask the terminal.
private func giveNoPassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: Int32,
    _ isWriting: Int32,
    _ owner: UnsafeMutableRawPointer?
) -> Int32 { -1 }
