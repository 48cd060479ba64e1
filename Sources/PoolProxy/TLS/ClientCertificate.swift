internal import PoolModel
internal import PoolTLS

/// What a client's certificate means for its requests: made once for each connection.
final class ClientCertificate {
    enum Verdict {
        case verified, missing, refused
    }

    let verdict: Verdict
    /// The fields for workers, each with its CRLF.
    let lines: [UInt8]

    /// Bytes of a value. Beyond: it is cut.
    private static let valueBytesMax = 1024
    /// Room that ``lines`` need at most.
    static let linesBytesMax = 4 * (valueBytesMax + 32)

    init(_ identity: ClientIdentity) {
        func line(_ field: ClientCertificates.Field, _ value: String) -> String {
            "\(field.rawValue): \(ClientCertificate.safe(value))\r\n"
        }
        switch identity {
        case .none:
            verdict = .missing
            lines = Array(line(.verify, "none").utf8)
        case .refused:
            verdict = .refused
            // No request of such a client gets as far as a worker.
            lines = []
        case .verified(let facts):
            verdict = .verified
            let names = facts.names.map { $0.replacing(",", with: "?") }.joined(separator: ",")
            let text =
                line(.verify, "success") + line(.subject, facts.subject) + line(.names, names)
                + line(.fingerprint, facts.fingerprint)
            lines = Array(text.utf8)
        }
    }

    /// Names in certificates are anybody's bytes: none of them ends a line, or is read in another character set.
    private static func safe(_ value: String) -> String {
        let bytes = value.utf8.prefix(valueBytesMax).map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
