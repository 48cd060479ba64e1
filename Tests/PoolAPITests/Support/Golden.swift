import FoundationEssentials
import Testing

/// Compares with a golden file beside the tests; `RECORD_GOLDENS=1` writes it anew and fails, the diff is the review.
func expectGolden(
    _ bytes: [UInt8],
    _ path: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let path = repositoryPath(path.hasPrefix("docs/") ? path : "Tests/PoolAPITests/Goldens/\(path)")
    if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] != nil {
        try Data(bytes).write(to: URL(filePath: path))
        Issue.record("recorded \(path)", sourceLocation: sourceLocation)
        return
    }
    let golden = [UInt8](try Data(contentsOf: URL(filePath: path)))
    guard golden != bytes else { return }
    let old = String(decoding: golden, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let new = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    Issue.record(
        """
        \(path) differs in line \(line + 1):
        - \(line < old.count ? old[line] : "(end)")
        + \(line < new.count ? new[line] : "(end)")
        `make golden` records it anew.
        """,
        sourceLocation: sourceLocation
    )
}

/// The top of the checkout.
func repositoryPath(_ path: String, file: String = #filePath) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: false)
    while let last = parts.popLast(), last != "Tests" {}
    return parts.joined(separator: "/") + "/" + path
}
