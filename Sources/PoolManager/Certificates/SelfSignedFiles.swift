internal import Glibc
internal import PoolOS
internal import PoolTLS

/// Makes a certificate for testing and puts it and its key into two new files.
package struct SelfSignedFiles {
    package static let localNames = ["localhost", "127.0.0.1", "::1"]

    private let certificate: String
    private let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Writes both files, or none: what is there already is not touched.
    ///
    /// - Returns: what is wrong, for people.
    package func write(for names: [String], days: Int) -> String? {
        guard certificate != key else { return "\(key): the certificate and its key need a file each" }
        let made: SelfSignedCertificate
        do throws(TLSIssue) {
            made = try SelfSignedCertificate(names: names, days: days)
        } catch {
            return error.description
        }
        if let problem = create(key, made.keyPEM, mode: 0o600) { return problem }
        guard let problem = create(certificate, made.certificatePEM, mode: 0o644) else { return nil }
        unlink(key)
        return problem
    }

    private func create(_ path: String, _ text: String, mode: mode_t) -> String? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            let remedy = errno == EEXIST ? "; move it away, or name another file" : ""
            return "\(path) cannot be made: \(SystemError.reason(errno))\(remedy)"
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let reason = SystemError.reason(errno)
                unlink(path)
                return "\(path) cannot be written: \(reason)"
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}
