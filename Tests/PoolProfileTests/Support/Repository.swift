import FoundationEssentials

/// The files of the repository that tests hold true.
enum Repository {
    /// The root: two directories above the tests' own.
    static func path(_ name: String, file: String = #filePath) -> String {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        return parts.joined(separator: "/") + "/" + name
    }

    static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    static func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
    }

    static var isRecording: Bool { ProcessInfo.processInfo.environment["RECORD_GOLDENS"] != nil }

    static func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }
}
