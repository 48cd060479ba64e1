internal import Glibc
internal import PoolModel
internal import PoolOS
internal import PoolTLS

/// Reads a page that a front names.
enum PageReader {
    /// Why a page cannot be used, for people.
    struct Failure: Error, Hashable {
        let description: String
    }

    /// The page, or the file with authorities.
    static func read(_ path: String, of kind: Kind) throws(Failure) -> FrontFile {
        let file = try read(
            path,
            kind.rawValue,
            bytesMax: kind == .page ? Limits.pageBytesMax : Limits.authoritiesBytesMax
        )
        guard kind == .authorities else { return file }
        do throws(TLSIssue) {
            _ = try ClientAuthorities(file.text, of: path)
        } catch {
            throw Failure(description: error.description)
        }
        return file
    }

    enum Kind: String {
        case page
        case authorities = "file of authorities"
    }

    private static func read(_ path: String, _ what: String, bytesMax: Int) throws(Failure) -> FrontFile {
        let bytes: [UInt8]
        do throws(SystemError) {
            // A FIFO in the file's place must not hold the daemon up.
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            bytes = try file.contents(bytesMax: bytesMax, name: path)
        } catch {
            let remedy =
                switch error.code {
                case EACCES: ": \(FileAccess.remedy(for: path))"
                case EFBIG: "; the most is \(bytesMax) bytes"
                default: ""
                }
            throw Failure(description: "the \(what) \(path) cannot be read: \(error.reason)\(remedy)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(description: "the \(what) \(path) is not UTF-8")
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
    private var wanted: [String: [String: PageReader.Kind]] = [:]
    private var kinds: [String: PageReader.Kind] = [:]

    func follow(_ front: FrontSpec, of pool: String) {
        wanted[pool] = Dictionary(
            front.pages.map { ($0, PageReader.Kind.page) } + front.authorityFiles.map { ($0, .authorities) },
            uniquingKeysWith: { $1 }
        )
        readWanted()
    }

    /// The pool has left.
    func forget(_ pool: String) {
        wanted[pool] = nil
        readWanted()
    }

    private func readWanted() {
        // A file that is both is judged as the one that must not be wrong.
        kinds = wanted.values.reduce(into: [:]) { all, some in
            all.merge(some) { $0 == .authorities ? $0 : $1 }
        }
        entries = entries.filter { kinds[$0.key] != nil }
        for path in kinds.keys where entries[path] == nil { entries[path] = read(path, before: nil) }
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
                    "\(failure); " + (entry.file == nil ? "nothing stands in for it" : "the one before stays in use")
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
            entry.file = try PageReader.read(path, of: kinds[path] ?? .page)
            entry.failure = nil
        } catch {
            entry.failure = error.description
        }
        return entry
    }
}
