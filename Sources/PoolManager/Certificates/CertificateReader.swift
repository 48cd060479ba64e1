internal import Glibc
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// Reads the two files of a certificate: the manager may, the proxies need not.
struct CertificateReader {
    /// Why a pair cannot be used, for people: names the file and what to do.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    let files: CertificateFiles

    func read() throws(Failure) -> (bundle: CertificateBundle, certificate: Certificate) {
        let chain = try text(of: files.certificate, "certificate")
        let key = files.key == files.certificate ? chain : try text(of: files.key, "key")
        let bundle = CertificateBundle(files: files, certificatePEM: chain, keyPEM: key, staple: staple)
        do throws(TLSIssue) {
            return (bundle, try Certificate(bundle))
        } catch {
            throw Failure(description: error.description)
        }
    }

    /// An answer that is not there or too large is none: handshakes go on without it.
    private var staple: String? {
        guard let path = files.staple else { return nil }
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            return Base64Bytes.encode(try file.contents(bytesMax: Limits.stapleBytesMax, name: path))
        } catch {
            return ""
        }
    }

    private func text(of path: String, _ what: String) throws(Failure) -> String {
        do throws(SystemError) {
            // A FIFO in the file's place must not hold the daemon up.
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            let bytes = try file.contents(bytesMax: Limits.certificateBytesMax, name: path)
            return String(decoding: bytes, as: UTF8.self)
        } catch {
            let remedy =
                switch error.code {
                case EACCES: ": \(FileAccess.remedy(for: path))"
                case EFBIG: "; the most is \(Limits.certificateBytesMax) bytes"
                default: ""
                }
            throw Failure(description: "the \(what) \(path) cannot be read: \(error.reason)\(remedy)")
        }
    }

    /// What tells that a file has been replaced or written again; nil where it is not there.
    struct Stamp: Hashable {
        private let parts: [Int64]

        init?(_ files: CertificateFiles) {
            var parts: [Int64] = []
            for path in Set([files.certificate, files.key] + (files.staple.map { [$0] } ?? [])).sorted() {
                var status = stat()
                guard stat(path, &status) == 0 else {
                    if path == files.staple { continue }
                    return nil
                }
                parts += [
                    Int64(bitPattern: UInt64(status.st_dev)), Int64(bitPattern: UInt64(status.st_ino)),
                    Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
                ]
            }
            self.parts = parts
        }
    }

    /// Whether every user of the host may read the key.
    var isKeyPublic: Bool {
        var status = stat()
        return stat(files.key, &status) == 0 && status.st_mode & 0o004 != 0
    }
}
