internal import Glibc

/// Where the settings are, and the reading and writing of the file.
enum SettingsStore {
    /// `$XDG_CONFIG_HOME/pool/pooltop.toml`, else below `~/.config`; nil without a home.
    static var defaultPath: String? {
        // XDG: paths that are not absolute are to be ignored.
        if let base = Host.environment("XDG_CONFIG_HOME"), base.hasPrefix("/") { return "\(base)/pool/pooltop.toml" }
        return Host.environment("HOME").map { "\($0)/.config/pool/pooltop.toml" }
    }

    enum Reading {
        case text(String)
        case absent
        case failed(String)
    }

    static func read(_ path: String) -> Reading {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .absent : .failed(String(cString: strerror(errno)))
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= SettingsFile.bytesMax {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failed(String(cString: strerror(errno))) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return .failed("not UTF-8") }
        return .text(text)
    }

    /// Writes the file as a whole or not at all; what was there before stays as `pooltop.toml~`.
    ///
    /// - Returns: what went wrong; nil where it is written.
    static func write(_ text: String, to path: String) -> String? {
        let directory = path.split(separator: "/").dropLast()
        var made = ""
        for part in directory {
            made += "/\(part)"
            if mkdir(made, 0o755) != 0, errno != EEXIST { return "\(made): \(String(cString: strerror(errno)))" }
        }
        let fresh = "\(path).new"
        let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { return "\(fresh): \(String(cString: strerror(errno)))" }
        let isWritten = Host.print(text, to: file) && fsync(file) == 0
        close(file)
        guard isWritten else {
            unlink(fresh)
            return "\(fresh): \(String(cString: strerror(errno)))"
        }
        unlink("\(path)~")
        link(path, "\(path)~")
        return rename(fresh, path) == 0 ? nil : "\(path): \(String(cString: strerror(errno)))"
    }
}
