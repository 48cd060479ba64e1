import FoundationEssentials
import Glibc
import PoolScreen
import Testing

/// Compares with a file under Goldens; `RECORD_GOLDENS=1` writes it instead, and fails so that nobody forgets to look.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let path =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path() + "Goldens/\(name)"
    expectFile(text, path, sourceLocation: sourceLocation)
}

/// Compares with any file of the checkout, with the same rule.
func expectFile(_ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let recorded = (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) }
    if recorded == text { return }
    if getenv("RECORD_GOLDENS") != nil {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
            Issue.record("recorded \(path)", sourceLocation: sourceLocation)
        } catch {
            Issue.record("cannot record \(path): \(error)", sourceLocation: sourceLocation)
        }
        return
    }
    let old = recorded?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
    let difference =
        line.map { "line \($0.offset + 1)\n- \($0.element.0)\n+ \($0.element.1)" }
        ?? "\(old.count) lines, now \(new.count)"
    Issue.record("\(path) differs (RECORD_GOLDENS=1 rewrites it): \(difference)", sourceLocation: sourceLocation)
}
