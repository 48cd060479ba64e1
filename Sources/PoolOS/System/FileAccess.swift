internal import Glibc

/// Why a file may not be read: for the texts of errors.
package enum FileAccess {
    /// What stands in the way of this process after EACCES: a directory or the file itself, its mode and owner, and what
    /// lets a user read it whom not everybody may. Symbolic links are followed, as those of `/etc/letsencrypt/live` are.
    package static func remedy(for path: String) -> String {
        let user = name(geteuid())
        guard let (place, isDirectory) = obstacle(path, depth: 0) else {
            return "\(user), who runs this, may not read it"
        }
        var status = stat()
        var owner = ""
        if stat(place, &status) == 0 {
            let octal = String(status.st_mode & 0o7777, radix: 8)
            let mode = String(repeating: "0", count: max(0, 4 - octal.count)) + octal
            owner = " (mode \(mode), owner \(name(status.st_uid)))"
        }
        let what = isDirectory ? "enter \(place)" : place == path ? "read it" : "read \(place)"
        let bits = isDirectory ? "g+x" : "640"
        return "\(user), who runs this, may not \(what)\(owner); run poold as root, or let a group of that user in: "
            + "chgrp GROUP \(place) && chmod \(bits) \(place)"
    }

    /// The first part of a path that this process may not pass, and whether it is a directory.
    private static func obstacle(_ path: String, depth: Int) -> (path: String, isDirectory: Bool)? {
        // As many links as the kernel follows.
        guard depth < 40, path.hasPrefix("/") else { return nil }
        var parent = ""
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            let place = "\(parent)/\(part)"
            if let target = target(of: place), let found = obstacle(absolute(target, in: parent), depth: depth + 1) {
                return found
            }
            let isLast = index == parts.count - 1
            if faccessat(AT_FDCWD, place, isLast ? R_OK : X_OK, AT_EACCESS) != 0, errno == EACCES {
                return (place, !isLast)
            }
            parent = place
        }
        return nil
    }

    private static func absolute(_ target: String, in parent: String) -> String {
        guard !target.hasPrefix("/") else { return target }
        var parts = parent.split(separator: "/")
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func target(of path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink(path, base, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
        }
    }

    private static func name(_ user: uid_t) -> String {
        let name = (try? UserDatabase.user(String(user)))?.name ?? String(user)
        return name == String(user) ? "uid \(user)" : "\(name) (uid \(user))"
    }
}
