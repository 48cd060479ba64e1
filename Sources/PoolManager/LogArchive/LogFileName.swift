internal import Glibc
internal import PoolModel
internal import PoolOS

/// The name of a log file: `example_1.log`, rotated `example_1.log.2`, compressed `example_1.log.2.gz`.
struct LogFileName: Hashable {
    var worker: WorkerID
    /// 0 is the current file; the higher, the older.
    var number: Int
    var isCompressed: Bool

    static let compressed = ".gz"
    /// A file that is being compressed; it is nobody's until it has its name.
    static let unfinished = ".log.compressing"

    /// Reads a name; nil for what is no log file of this pool.
    init?(_ name: String, pool: String) {
        guard name.hasPrefix("\(pool)_"), let dot = name.dropFirst(pool.utf8.count).firstIndex(of: "."),
            let worker = WorkerID(String(name[..<dot])), worker.pool == pool
        else { return nil }
        self.worker = worker
        var words = name[dot...].dropFirst().split(separator: ".", omittingEmptySubsequences: false)[...]
        guard words.popFirst() == "log" else { return nil }
        isCompressed = words.last == "gz"
        if isCompressed { words.removeLast() }
        switch words.count {
        case 0 where !isCompressed: number = 0
        case 1:
            guard let number = Int(words[words.startIndex]), number > 0 else { return nil }
            self.number = number
        default: return nil
        }
    }

    /// The names in a directory; none where there is no such directory.
    static func entries(of directory: String) throws(SystemError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw SystemError("opendir", on: directory, code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }
}
