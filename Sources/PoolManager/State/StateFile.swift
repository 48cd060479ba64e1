internal import Glibc
internal import PoolModel

/// A small file that is either the old one or the new one, whatever dies in between.
///
/// It is written beside its place, synced, renamed over it, and the directory is synced. The first line holds a
/// checksum of the rest, so that a file torn by a power cut, or edited by hand, is known as such:
///
/// ```
/// pool-state 1 bytes=1042 crc32=9be3e0a3
/// {"pools":[…]}
/// ```
package struct StateFile: Sendable {
    package let path: String

    /// - Parameter path: of the file; its directory exists.
    package init(path: String) {
        self.path = path
    }

    /// What was found at the path.
    package enum Content: Equatable, Sendable {
        case absent
        case whole([UInt8])
        /// Torn or altered; it was set aside under another name so that nothing is lost.
        case damaged(reason: String, movedTo: String)
    }

    /// Larger files are not ours. A state of 4,096 workers takes about 2 MiB.
    package static let bytesMax = 64 << 20

    /// Reads the payload; sets a damaged file aside.
    package func read() throws(StateFileError) -> Content {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return .absent }
            throw StateFileError(path: path, step: "open", errno: errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= StateFile.bytesMax {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StateFileError(path: path, step: "read", errno: errno) }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        switch StateFile.payload(of: bytes) {
        case .success(let payload): return .whole(payload)
        case .failure(let damage): return setAside(because: damage.reason)
        }
    }

    /// Sets the file aside whose payload its reader could not understand.
    package func setAside(because reason: String) -> Content {
        let name = "\(path).damaged"
        rename(path, name)
        return .damaged(reason: reason, movedTo: name)
    }

    /// Replaces the file. When this returns the new content survives a power cut.
    package func write(_ payload: [UInt8]) throws(StateFileError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard descriptor >= 0 else { throw StateFileError(path: temporary, step: "open", errno: errno) }
        do throws(StateFileError) {
            defer { close(descriptor) }
            try writeAll(StateFile.header(for: payload) + payload, to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw StateFileError(path: temporary, step: "fsync", errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw StateFileError(path: path, step: "rename", errno: errno) }
        let directory = open(StateFile.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(StateFileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw StateFileError(path: path, step: "write", errno: count < 0 ? errno : ENOSPC) }
            done += count
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension StateFile {
    /// Why a file is not whole.
    struct Damage: Error, Equatable {
        var reason: String
    }

    static func header(for payload: [UInt8]) -> [UInt8] {
        Array("pool-state 1 bytes=\(payload.count) crc32=\(String(CRC32.checksum(payload), radix: 16))\n".utf8)
    }

    /// The payload of a file, or what is wrong with it.
    static func payload(of file: [UInt8]) -> Result<[UInt8], Damage> {
        guard let lineFeed = file.prefix(128).firstIndex(of: UInt8(ascii: "\n")) else {
            return .failure(Damage(reason: file.isEmpty ? "it is empty" : "it has no header"))
        }
        let fields = String(decoding: file[..<lineFeed], as: UTF8.self).split(separator: " ")
        guard fields.count == 4, fields[0] == "pool-state" else { return .failure(Damage(reason: "it has no header")) }
        guard fields[1] == "1" else { return .failure(Damage(reason: "its version \(fields[1]) is not known")) }
        let payload = Array(file[(lineFeed + 1)...])
        guard fields[2] == "bytes=\(payload.count)" else {
            return .failure(Damage(reason: "it holds \(payload.count) bytes, not the number in its header"))
        }
        guard fields[3] == "crc32=\(String(CRC32.checksum(payload), radix: 16))" else {
            return .failure(Damage(reason: "its checksum is wrong"))
        }
        return .success(payload)
    }
}

/// The state file could not be read or written; the old one stays as it is.
package struct StateFileError: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var step: String
    package var errno: Int32

    package var description: String { "\(path): \(step): \(String(cString: strerror(errno)))" }
}
