import Foundation

/// The checkout that these tests belong to, as text.
struct SourceTree {
    struct File {
        /// Relative to the checkout: `Sources/PoolCore/Worker/WorkerMachine.swift`.
        var path: String
        var lines: [String]
        /// `PoolCore` of the path above.
        var target: String { String(path.split(separator: "/")[1]) }
    }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func files(below folder: String, extensions: Set<String> = ["swift"]) throws -> [File] {
        let base = root.appendingPathComponent(folder)
        guard let entries = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { return [] }
        var files: [File] = []
        for case let url as URL in entries where extensions.contains(url.pathExtension) {
            let text = try String(contentsOf: url, encoding: .utf8)
            let path = String(url.path.dropFirst(root.path.count + 1))
            files.append(File(path: path, lines: text.components(separatedBy: "\n")))
        }
        return files.sorted { $0.path < $1.path }
    }
}
