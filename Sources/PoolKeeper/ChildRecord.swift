internal import Glibc
internal import PoolModel
internal import PoolOS

/// The keeper's children on disk, so that a keeper after one that was killed finds them instead of doubling them.
///
/// A file of lines in the runtime directory, appended to at each start and end and written anew when most of it is
/// past. It is never synced: it only has to outlive the keeper, not the machine, and the boot in its first line says
/// so. A line that was torn by the kill is not believed.
///
/// ```
/// pool-children 1 8b1c6f1e-…
/// m 4712 881203
/// g 4713 881240 worker/example/1/1/1
/// - 4713 881240
/// ```
final class ChildRecord {
    /// A process that was running when its keeper last wrote.
    struct Entry: Hashable {
        enum Kind: Character, Hashable {
            case manager = "m"
            case child = "c"
            /// A child whose process group is killed when it has ended.
            case group = "g"
        }

        var kind: Kind
        var process: ProcessIdentity
        var tag: String

        var line: String {
            "\(kind.rawValue) \(process.pid) \(process.startTicks)\(tag.isEmpty ? "" : " ")\(tag)\n"
        }
    }

    /// Lines beyond the living ones before the file is written anew.
    private static let pastMax = 4096
    /// Larger files are not ours: 8,192 children and as many past lines with their tags.
    private static let bytesMax = 64 << 20

    private let path: String
    private var file: FileDescriptor?
    private var living: [ProcessIdentity: Entry] = [:]
    private var lineCount = 0
    /// The last line may be there in part only: another one behind it would be lost with it.
    private var isTorn = false

    /// - Parameter path: of the file; ``begin(with:)`` writes it.
    init(path: String) { self.path = path }

    /// What an earlier keeper of this boot left; nil where it left nothing, because it ended in good order.
    func read() -> [Entry]? {
        guard
            let bytes = try? FileDescriptor.open(path, O_RDONLY | O_NOFOLLOW)
                .contents(bytesMax: Self.bytesMax, name: path)
        else { return nil }
        // What follows the last line feed is torn.
        let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? []
        var lines = whole.split(separator: UInt8(ascii: "\n"))[...]
        guard let first = lines.popFirst(), String(decoding: first, as: UTF8.self) == Self.header else { return nil }
        var found: [ProcessIdentity: Entry] = [:]
        for line in lines { Self.apply(String(decoding: line, as: UTF8.self), to: &found) }
        return found.values.sorted { $0.process.startTicks < $1.process.startTicks }
    }

    /// Begins the file anew with what is taken over.
    func begin(with entries: [Entry]) throws(SystemError) {
        living = Dictionary(entries.map { ($0.process, $0) }, uniquingKeysWith: { $1 })
        try rewrite()
    }

    /// - Throws: where it cannot be written; a keeper after this one would not know of the process.
    func add(_ entry: Entry) throws(SystemError) {
        living[entry.process] = entry
        try append(entry.line)
    }

    func remove(_ process: ProcessIdentity) throws(SystemError) {
        guard living.removeValue(forKey: process) != nil else { return }
        try append("- \(process.pid) \(process.startTicks)\n")
    }

    /// Everything has ended in good order: there is nothing to find.
    func delete() { unlink(path) }

    private static var header: String { "pool-children 1 \(BootIdentity.current)" }

    private func append(_ line: String) throws(SystemError) {
        if isTorn || lineCount > living.count + Self.pastMax { return try rewrite() }
        lineCount += 1
        isTorn = true
        try file?.writeAll(Array(line.utf8), name: path)
        isTorn = false
    }

    private func rewrite() throws(SystemError) {
        let temporary = "\(path).new"
        let file = try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, mode: 0o600)
        let text = "\(Self.header)\n" + living.values.map(\.line).joined()
        try file.writeAll(Array(text.utf8), name: temporary)
        try syscall("rename", on: path) { rename(temporary, path) }
        self.file = file
        lineCount = living.count
        isTorn = false
    }

    private static func apply(_ line: String, to found: inout [ProcessIdentity: Entry]) {
        let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count >= 3, let mark = fields[0].first, let pid = Int32(fields[1]), pid > 0,
            let ticks = UInt64(fields[2])
        else { return }
        let process = ProcessIdentity(pid: pid, startTicks: ticks)
        if let kind = Entry.Kind(rawValue: mark) {
            found[process] = Entry(kind: kind, process: process, tag: fields.count > 3 ? String(fields[3]) : "")
        } else {
            found[process] = nil
        }
    }
}
