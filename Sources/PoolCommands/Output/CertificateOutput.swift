internal import PoolAPI
internal import PoolModel

/// Certificates for people.
enum CertificateOutput {
    /// From here on a certificate's end is shown as a warning.
    private static let warningDays: Int64 = 30

    static func table(_ certificates: [CertificateStatus], now: Timestamp, _ context: Context) -> [String] {
        var table = TextTable(columns: [
            .init(title: "CERTIFICATE"), .init(title: "EXPIRES"), .init(title: "LEFT", isRight: true),
            .init(title: "POOLS", dropRank: 1), .init(title: "NAMES", isElastic: true),
        ])
        let ordered = certificates.sorted {
            ($0.validUntil?.microseconds ?? 0, $0.certificate) < ($1.validUntil?.microseconds ?? 0, $1.certificate)
        }
        for certificate in ordered {
            let (left, role) = left(certificate, now: now)
            table.rows.append([
                .init(certificate.certificate), .init(certificate.validUntil.map(day) ?? "-"), .init(left, role),
                .init(certificate.pools.joined(separator: ",")),
                .init(
                    certificate.problem ?? certificate.names.joined(separator: " "),
                    certificate.problem == nil ? .plain : .bad
                ),
            ])
        }
        return table.lines(width: context.columns, style: context.style)
    }

    static func details(_ certificate: CertificateStatus, now: Timestamp) -> [String] {
        var rows: [(String, String?)] = [
            ("certificate", certificate.certificate), ("key", certificate.key),
            ("pools", certificate.pools.joined(separator: " ")), ("listen", certificate.listen.joined(separator: " ")),
            ("names", certificate.names.joined(separator: " ")), ("subject", certificate.subject),
            ("issuer", certificate.selfSigned ? "itself" : certificate.issuer), ("key kind", certificate.keyKind),
            ("sha256", certificate.fingerprint), ("valid from", certificate.validFrom?.description),
        ]
        if let end = certificate.validUntil { rows.append(("expires", "\(end) (\(left(certificate, now: now).text))")) }
        rows.append(("problem", certificate.problem))
        return rows.compactMap { name, value in
            value.map { name + String(repeating: " ", count: 13 - name.count) + TerminalText.clean($0) }
        }
    }

    /// Whether somebody who names a file or a host means this one.
    static func isMeant(_ certificate: CertificateStatus, by name: String) -> Bool {
        let host = name.lowercased()
        return certificate.certificate == name || certificate.certificate.hasSuffix("/" + name)
            || certificate.names.contains { pattern in
                let pattern = pattern.lowercased()
                guard pattern.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return pattern == host }
                return pattern == host || pattern.dropFirst() == host[dot...]
            }
    }

    /// 1 where a client would be refused.
    static func verdict(_ certificates: [CertificateStatus], now: Timestamp) -> ExitCode {
        certificates.contains { $0.problem != nil || ($0.validUntil.map { $0 <= now } ?? true) } ? .failed : .done
    }

    private static func left(_ certificate: CertificateStatus, now: Timestamp) -> (text: String, role: Style.Role) {
        guard let end = certificate.validUntil else { return ("none", .bad) }
        let seconds = (end.microseconds - now.microseconds) / 1_000_000
        if seconds <= 0 { return ("expired", .bad) }
        let days = seconds / 86_400
        return (days > 0 ? "\(days) d" : "\(seconds / 3600) h", days < warningDays ? .warn : .good)
    }

    private static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }
}
