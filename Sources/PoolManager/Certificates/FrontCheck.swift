internal import Glibc
internal import PoolModel
internal import PoolOS
internal import PoolProfile
internal import PoolTLS

/// What the files that a front names have against a profile that is good by itself.
enum FrontCheck {
    /// - Parameter now: seconds after the epoch.
    static func issues(_ profile: Profile, now: Int64) -> [ProfileIssue] {
        var seen: Set<CertificateFiles> = []
        var issues = profile.spec.front.statics.compactMap { spec -> ProfileIssue? in
            var status = stat()
            guard stat(spec.root, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else { return nil }
            let message = "\(spec.root) is no directory: \(spec.prefix) answers 404 until it is one"
            return profile.issue(at: "front.static", message, severity: .warning)
        }
        for path in profile.spec.front.pages.sorted() {
            do throws(PageReader.Failure) {
                _ = try PageReader.read(path, of: .page)
            } catch {
                let isMaintenance = profile.spec.front.maintenance.page == path
                let key = isMaintenance ? "front.maintenance.page" : "front.error_page"
                issues.append(profile.issue(at: key, error.description))
            }
        }
        for access in profile.spec.front.listeners.compactMap(\.access) {
            do throws(UserDatabase.Failure) {
                if let owner = access.owner { _ = try UserDatabase.user(owner) }
                if let group = access.group { _ = try UserDatabase.groupID(group) }
            } catch {
                issues.append(profile.issue(at: "front.listen", error.description))
            }
        }
        for path in profile.spec.front.authorityFiles.sorted() {
            do throws(PageReader.Failure) {
                _ = try PageReader.read(path, of: .authorities)
            } catch {
                issues.append(profile.issue(at: "front.listen", error.description))
            }
        }
        for files in profile.spec.front.listeners.compactMap(\.tls).flatMap(\.certificates) {
            guard seen.insert(files).inserted else { continue }
            let reader = CertificateReader(files: files)
            do throws(CertificateReader.Failure) {
                let certificate = try reader.read().certificate
                issues += warnings(certificate, reader, now: now).map {
                    profile.issue(at: "front.listen", $0.message, suggestion: $0.remedy, severity: .warning)
                }
            } catch {
                issues.append(profile.issue(at: "front.listen", error.description))
            }
        }
        return issues
    }

    /// The seconds before its end from which on a certificate should have been renewed: 30 days, or the last third of a
    /// shorter life, which is when certbot does it.
    private static func soon(_ certificate: Certificate) -> Int64 {
        min(30 * 86_400, (certificate.validUntil - certificate.validFrom) / 3)
    }

    private static func warnings(
        _ certificate: Certificate,
        _ reader: CertificateReader,
        now: Int64
    ) -> [(message: String, remedy: String)] {
        var warnings: [(String, String)] = []
        let path = reader.files.certificate
        let end = Timestamp(microseconds: certificate.validUntil * 1_000_000)
        let days = (certificate.validUntil - now) / 86_400
        if certificate.validUntil <= now {
            warnings.append(("the certificate \(path) has expired: it ended at \(end)", "renew it: clients refuse it"))
        } else if certificate.validUntil - now < soon(certificate) {
            let rest = days == 0 ? "in less than a day" : days == 1 ? "in a day" : "in \(days) days"
            let remedy = "renew it: new files are taken up within seconds"
            warnings.append(("the certificate \(path) expires \(rest), at \(end)", remedy))
        } else if certificate.validFrom > now {
            warnings.append(("the certificate \(path) is not valid yet", "look at the clock of this host"))
        }
        if let issue = certificate.stapleIssue {
            warnings.append((issue, "have it made anew: openssl ocsp -respout"))
        }
        if reader.isKeyPublic {
            warnings.append(("every user of this host can read the key \(reader.files.key)", "chmod 600 it"))
        }
        return warnings
    }
}

extension Profile.Decoded {
    /// With what its files have against it.
    var withFiles: Profile.Decoded {
        guard let profile else { return self }
        var result = self
        result.issues += FrontCheck.issues(profile, now: Int64(WallClock.now.seconds))
        if result.issues.contains(where: \.isError) { result.profile = nil }
        return result
    }
}

extension Profile.DecodedSet {
    /// With what their files have against them.
    var withFiles: Profile.DecodedSet {
        var result = self
        let now = Int64(WallClock.now.seconds)
        for profile in profiles {
            let issues = FrontCheck.issues(profile, now: now)
            result.issues += issues
            if issues.contains(where: \.isError) { result.profiles.removeAll { $0.file == profile.file } }
        }
        return result
    }
}
