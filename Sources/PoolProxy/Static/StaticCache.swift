internal import CPoolOS
internal import Glibc
internal import PoolModel

/// The files and roots that one loop has open. Everything is looked up anew after a second: what is put in place of a
/// file, or of the directory that a root's link leads to, is served from then on.
struct StaticCache {
    /// How long an entry stands, in milliseconds.
    private static let lifetime: UInt64 = 1000
    /// Open files of a loop, forms of one file not counted. Beyond: all are let go.
    static let filesMax = 512

    private struct Key: Hashable {
        var root: ObjectIdentifier
        var path: String
    }

    private struct Directory {
        var descriptor: Int32
        var until: UInt64
    }

    private var files: [Key: (file: OpenFile, until: UInt64)] = [:]
    private var directories: [ObjectIdentifier: Directory] = [:]
    /// Keeps the roots that are keys alive: an address is used again only when they are gone.
    private var roots: [ObjectIdentifier: StaticRoot] = [:]

    /// - Parameter now: in milliseconds of the loop's clock.
    mutating func find(_ path: String, in root: StaticRoot, now: UInt64) -> Result<OpenFile, OpenFile.OpenFailure> {
        let key = Key(root: ObjectIdentifier(root), path: path)
        if let known = files[key], now < known.until { return .success(known.file) }
        let directory: Int32
        switch open(root, now: now) {
        case .failure(let failure): return .failure(failure)
        case .success(let descriptor): directory = descriptor
        }
        let result = OpenFile.open(path, below: directory, root.spec)
        files[key] = nil
        if case .success(let file) = result {
            if files.count >= StaticCache.filesMax { files.removeAll() }
            files[key] = (file, now + StaticCache.lifetime)
        }
        return result
    }

    private mutating func open(_ root: StaticRoot, now: UInt64) -> Result<Int32, OpenFile.OpenFailure> {
        let id = ObjectIdentifier(root)
        if let known = directories[id] {
            if now < known.until { return .success(known.descriptor) }
            close(known.descriptor)
            directories[id] = nil
        }
        let descriptor = pool_open_directory(root.spec.root)
        guard descriptor >= 0 else { return .failure(OpenFile.OpenFailure(errno: errno)) }
        directories[id] = Directory(descriptor: descriptor, until: now + StaticCache.lifetime)
        roots[id] = root
        return .success(descriptor)
    }

    /// Lets everything go: a new table has new roots, and an idle loop need hold no files.
    mutating func clear() {
        for directory in directories.values { close(directory.descriptor) }
        directories = [:]
        files = [:]
        roots = [:]
    }
}
