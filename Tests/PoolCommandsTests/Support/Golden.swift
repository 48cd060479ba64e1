import FoundationEssentials
import Testing

/// Compares with a golden file beside the tests; `RECORD_GOLDENS=1` writes it anew and fails, the diff is the review.
func expectGolden(
    _ text: String,
    _ name: String,
    file: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let tests = file.replacing("/Support/Golden.swift", with: "")
    let path = tests[..<(tests.lastIndex(of: "/") ?? tests.startIndex)] + "/Goldens/\(name)"
    let url = URL(filePath: String(path))
    if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] != nil {
        try Data(text.utf8).write(to: url)
        Issue.record("recorded \(path)", sourceLocation: sourceLocation)
        return
    }
    let golden = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    guard golden != text else { return }
    let old = golden.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    Issue.record(
        """
        \(name) differs in line \(line + 1):
        - \(line < old.count ? old[line] : "(end)")
        + \(line < new.count ? new[line] : "(end)")
        `make golden` records it anew.
        """,
        sourceLocation: sourceLocation
    )
}
