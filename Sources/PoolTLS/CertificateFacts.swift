internal import COpenSSL
internal import Glibc

/// What people want to know of a certificate.
package struct CertificateFacts: Hashable, Sendable {
    /// The hosts and addresses that it is for, as in its subject alternative names: `example.org`, `*.example.org`, `::1`.
    package var names: [String]
    /// RFC 2253: `CN=example.org,O=Example`.
    package var subject: String
    package var issuer: String
    /// The key: `EC 256`, `RSA 2048`.
    package var key: String
    /// SHA-256 of the certificate: lower-case hexadecimal, as `openssl x509 -fingerprint -sha256` without its colons.
    package var fingerprint: String
    /// Its subject signed it itself: only those who were given it believe it.
    package var isSelfSigned: Bool
}

extension Certificate {
    package var facts: CertificateFacts { CertificateFacts(of: leaf) }
}

extension CertificateFacts {
    /// Names of one certificate that are shown. Beyond: the rest is left out.
    private static let namesMax = 100

    init(of certificate: OpaquePointer) {
        names = CertificateFacts.names(of: certificate)
        subject = CertificateFacts.text(of: X509_get_subject_name(certificate))
        issuer = CertificateFacts.text(of: X509_get_issuer_name(certificate))
        key = CertificateFacts.keyKind(of: certificate)
        fingerprint = CertificateFacts.fingerprint(of: certificate)
        isSelfSigned = X509_get_extension_flags(certificate) & UInt32(EXFLAG_SS) != 0
    }

    /// RFC 2253, in UTF-8; control bytes are escaped by the library.
    static func text(of name: OpaquePointer?) -> String {
        guard let name, let memory = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(memory) }
        guard X509_NAME_print_ex(memory, name, 0, co_name_flags()) >= 0 else { return "" }
        return contents(of: memory)
    }

    private static func contents(of memory: OpaquePointer) -> String {
        var bytes: UnsafeMutablePointer<CChar>?
        let count = co_memory(memory, &bytes)
        guard let bytes, count > 0 else { return "" }
        return UnsafeRawPointer(bytes).withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }

    static func fingerprint(of certificate: OpaquePointer) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func keyKind(of certificate: OpaquePointer) -> String {
        guard let key = X509_get0_pubkey(certificate) else { return "unknown" }
        let name = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        return "\(name) \(EVP_PKEY_get_bits(key))"
    }

    /// The subject alternative names that are hosts, addresses or mailboxes.
    static func names(of certificate: OpaquePointer) -> [String] {
        guard let list = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        defer { co_free_names(list) }
        var names: [String] = []
        for index in 0..<min(Int(co_name_count(list)), namesMax) {
            var bytes: UnsafePointer<UInt8>?
            var count: Int32 = 0
            let kind = co_name_at(list, Int32(index), &bytes, &count)
            guard let bytes, count > 0 else { continue }
            let value = UnsafeBufferPointer(start: bytes, count: Int(count))
            switch kind {
            case GEN_DNS, GEN_EMAIL, GEN_URI: names.append(String(decoding: value, as: UTF8.self))
            case GEN_IPADD: if let address = addressText(value) { names.append(address) }
            default: continue
            }
        }
        return names
    }

    private static func addressText(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
