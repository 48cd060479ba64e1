internal import PoolHTTP
internal import PoolModel

/// The pages that stand in for the proxy's plain words. Never changed.
struct ErrorPages: Sendable {
    /// A page in bytes, with its type.
    final class Page: Sendable {
        let type: String
        let bytes: [UInt8]

        init(_ path: String, _ text: String) {
            type = FileType.of(path)
            bytes = Array(text.utf8)
        }
    }

    private let byStatus: [Int: Page]
    private let maintenance: Page?

    var isEmpty: Bool { byStatus.isEmpty && maintenance == nil }

    /// Pages that were never given are left out: the plain words are better than nothing.
    init(_ front: FrontSpec, files: [String: Page]) {
        var found: [Int: Page] = [:]
        for spec in front.errorPages {
            guard let page = files[spec.file] else { continue }
            for status in spec.statuses where found[status] == nil { found[status] = page }
        }
        byStatus = found
        maintenance = front.maintenance.page.flatMap { files[$0] }
    }

    /// The page for an answer; nil where its own words are sent.
    func page(for answer: OwnAnswer, isMaintenance: Bool) -> Page? {
        if isMaintenance, let maintenance { return maintenance }
        return byStatus[answer.status]
    }
}
