internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// The certificates of all fronts as they were last good, and what happens to their files.
///
/// The files are looked at every few seconds. A pair that has changed is read and judged here; only a good one goes to
/// the proxies. A bad one is told once, and the one before it stays in use.
final class CertificateStore {
    /// How often the files are looked at.
    static let period = Duration.seconds(5)
    /// Days before the end at which it is told, once each. Renewal is due a month ahead (certbot's default): who is
    /// told of the first step has a renewal that does not work.
    private static let warnedDays: [Int64] = [30, 7, 1, 0]

    private struct Entry {
        var stamp: CertificateReader.Stamp?
        /// nil while there has never been a good one.
        var bundle: CertificateBundle?
        var validFrom: Int64 = 0
        var validUntil: Int64 = 0
        var facts: CertificateFacts?
        var failure: String?
        /// Why nothing is stapled though something was to be.
        var stapleIssue: String?
        var toldStapleIssue: String?
        /// When what is stapled has had its time, in seconds after the epoch.
        var stapleUntil: Int64?
        /// The failure that has been told.
        var toldFailure: String?
        var warned = Int64.max
    }

    // State: the manager thread's.
    private var entries: [CertificateFiles: Entry] = [:]
    /// By pool: its listeners that speak TLS.
    private var wanted: [String: [FrontListener]] = [:]

    /// Follows a pool's front. What cannot be read is told by the next ``refresh(now:)``.
    func follow(_ front: FrontSpec, of pool: String) {
        wanted[pool] = front.listeners.filter { $0.tls != nil }
        readWanted()
    }

    /// The pool has left.
    func forget(_ pool: String) {
        wanted[pool] = nil
        readWanted()
    }

    private func readWanted() {
        let all = Set(wanted.values.flatMap { $0 }.compactMap(\.tls).flatMap(\.certificates))
        entries = entries.filter { all.contains($0.key) }
        for files in all where entries[files] == nil { entries[files] = read(files, before: nil) }
    }

    /// All good ones, for a proxy.
    var bundles: [CertificateBundle] {
        entries.values.compactMap(\.bundle).sorted { $0.files.certificate < $1.files.certificate }
    }

    /// What is known of a front's certificates, for people.
    func reports(of front: FrontSpec) -> [CertificateReport] {
        var told: Set<CertificateFiles> = []
        return front.listeners.compactMap(\.tls).flatMap(\.certificates).filter { told.insert($0).inserted }
            .map { files in
                var report = CertificateReport(certificate: files.certificate)
                guard let entry = entries[files] else { return report }
                report.failure = entry.failure
                guard let facts = entry.facts else { return report }
                report.subject = facts.subject
                report.issuer = facts.issuer
                report.names = facts.names.joined(separator: ", ")
                report.validFrom = Timestamp(microseconds: entry.validFrom * 1_000_000)
                report.validUntil = Timestamp(microseconds: entry.validUntil * 1_000_000)
                return report
            }
    }

    /// For people, by the files' names.
    var statuses: [CertificateStatus] {
        entries.sorted { ($0.key.certificate, $0.key.key) < ($1.key.certificate, $1.key.key) }.map { files, entry in
            let shown = wanted.mapValues { $0.filter { $0.tls?.certificates.contains(files) ?? false } }
                .filter { !$0.value.isEmpty }
            let isGood = entry.bundle != nil
            return CertificateStatus(
                certificate: files.certificate,
                key: files.key,
                pools: shown.keys.sorted(),
                listen: Set(shown.values.flatMap { $0 }.map(\.address.description)).sorted(),
                names: entry.facts?.names ?? [],
                subject: entry.facts?.subject,
                issuer: entry.facts?.issuer,
                keyKind: entry.facts?.key,
                fingerprint: entry.facts?.fingerprint,
                selfSigned: entry.facts?.isSelfSigned ?? false,
                validFrom: isGood ? Timestamp(microseconds: entry.validFrom * 1_000_000) : nil,
                validUntil: isGood ? Timestamp(microseconds: entry.validUntil * 1_000_000) : nil,
                problem: entry.failure
            )
        }
    }

    /// What looking at the files came to.
    struct News {
        var changed: [CertificateBundle] = []
        var events: [(severity: PoolEvent.Severity, message: String)] = []
    }

    /// - Parameters:
    ///   - now: seconds after the epoch.
    ///   - isForced: whether files are read that look as before.
    func refresh(now: Int64, isForced: Bool = false) -> News {
        var news = News()
        for (files, entry) in entries {
            var entry = entry
            let stamp = CertificateReader.Stamp(files)
            if isForced || stamp != entry.stamp || entry.bundle == nil {
                let before = entry.bundle
                entry = read(files, before: entry)
                if let bundle = entry.bundle, bundle != before {
                    news.changed.append(bundle)
                    news.events.append((.notice, "the certificate \(files.certificate) was read again"))
                }
            }
            if let failure = entry.failure, failure != entry.toldFailure {
                let rest = entry.bundle == nil ? "its listeners refuse connections" : "the one before stays in use"
                news.events.append((.error, "\(failure); \(rest)"))
            }
            entry.toldFailure = entry.failure
            if let until = entry.stapleUntil, until <= now {
                entry.stapleUntil = nil
                entry.stapleIssue = "\(files.staple ?? ""): no longer stapled: its time is over"
            }
            if let issue = entry.stapleIssue, issue != entry.toldStapleIssue { news.events.append((.warning, issue)) }
            entry.toldStapleIssue = entry.stapleIssue
            if let warning = warning(&entry, files, now: now) { news.events.append(warning) }
            entries[files] = entry
        }
        return news
    }

    /// What the files hold now, or else what they held before.
    private func read(_ files: CertificateFiles, before: Entry?) -> Entry {
        var entry = before ?? Entry()
        // Before the reading: what changes meanwhile is found the next time.
        entry.stamp = CertificateReader.Stamp(files)
        do throws(CertificateReader.Failure) {
            let (bundle, certificate) = try CertificateReader(files: files).read()
            if entry.bundle != bundle { entry.warned = .max }
            entry.bundle = bundle
            entry.validFrom = certificate.validFrom
            entry.validUntil = certificate.validUntil
            entry.facts = certificate.facts
            entry.failure = nil
            entry.stapleIssue = certificate.stapleIssue
            entry.stapleUntil = certificate.staple == nil ? nil : certificate.stapleUntil
        } catch {
            entry.failure = error.description
        }
        return entry
    }

    /// That the end is near, or past: once for each step.
    private func warning(
        _ entry: inout Entry,
        _ files: CertificateFiles,
        now: Int64
    ) -> (PoolEvent.Severity, String)? {
        guard entry.bundle != nil else { return nil }
        let left = entry.validUntil - now
        guard let step = CertificateStore.warnedDays.last(where: { left <= $0 * 86_400 }), step < entry.warned else {
            return nil
        }
        entry.warned = step
        if left <= 0 { return (.error, "the certificate \(files.certificate) has expired") }
        let days = left / 86_400
        let rest = days == 0 ? "in less than a day" : "in \(days) days"
        return (.warning, "the certificate \(files.certificate) expires \(rest)")
    }
}
