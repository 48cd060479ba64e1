internal import Glibc
internal import PoolModel
internal import PoolOS

/// Reads a page that a front names.
enum PageReader {
    /// Why a page cannot be used, for people.
    struct Failure: Error, Hashable {
        let description: String
    }

    static func read(_ path: String) throws(Failure) -> FrontFile {
        let bytes: [UInt8]
        do throws(SystemError) {
            // A FIFO in the file's place must not hold the daemon up.
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            bytes = try file.contents(bytesMax: Limits.pageBytesMax, name: path)
        } catch {
            let remedy =
                switch error.code {
                case EACCES: "; poold runs as uid \(geteuid()), which may not read it"
                case EFBIG: "; the most is \(Limits.pageBytesMax) bytes"
                default: ""
                }
            throw Failure(description: "the page \(path) cannot be read: \(error.reason)\(remedy)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(description: "the page \(path) is not UTF-8")
        }
        return FrontFile(path: path, text: text)
    }
}

/// The pages of all fronts as they were last good. Looked at as often as certificates: what has changed goes to the
/// proxies, and what cannot be read any more stays as it was.
final class PageStore {
    private struct Entry {
        var file: FrontFile?
        var failure: String?
        var toldFailure: String?
    }

    // State: the manager thread's.
    private var entries: [String: Entry] = [:]
    private var wanted: [String: Set<String>] = [:]

    func follow(_ front: FrontSpec, of pool: String) {
        wanted[pool] = front.pages
        let all = wanted.values.reduce(into: Set()) { $0.formUnion($1) }
        entries = entries.filter { all.contains($0.key) }
        for path in all where entries[path] == nil { entries[path] = read(path, before: nil) }
    }

    /// All good ones, for a proxy.
    var files: [FrontFile] { entries.values.compactMap(\.file).sorted { $0.path < $1.path } }

    /// Reads all of them again: they are small and few.
    func refresh() -> (changed: [FrontFile], problems: [String]) {
        var changed: [FrontFile] = []
        var problems: [String] = []
        for (path, before) in entries {
            var entry = read(path, before: before)
            if let file = entry.file, file != before.file { changed.append(file) }
            if let failure = entry.failure, failure != entry.toldFailure {
                problems.append(
                    "\(failure); " + (entry.file == nil ? "plain words are sent" : "the one before stays in use")
                )
            }
            entry.toldFailure = entry.failure
            entries[path] = entry
        }
        return (changed, problems)
    }

    private func read(_ path: String, before: Entry?) -> Entry {
        var entry = before ?? Entry()
        do throws(PageReader.Failure) {
            entry.file = try PageReader.read(path)
            entry.failure = nil
        } catch {
            entry.failure = error.description
        }
        return entry
    }
}
