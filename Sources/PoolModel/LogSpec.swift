/// What is kept of the workers' output.
package struct LogSpec: Hashable, Sendable, Codable {
    /// A file is rotated when the next line would take it over this.
    package var fileBytesMax: UInt64 = 50 << 20
    /// Rotated files kept beside the current one.
    package var filesMax = 10
    /// All log files of the pool together; the oldest go first.
    package var totalBytesMax: UInt64 = 1 << 30
    /// Lines of the pool kept in memory for queries and followers.
    package var linesInMemory = 10_000
    /// Longer lines are split; each part is a line of its own, marked as continued.
    package var lineBytesMax = 16 * 1024

    /// Rotated files are compressed.
    package var compress = true

    package init() {}
}

extension LogSpec {
    /// Older state files do not say whether to compress.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        fileBytesMax = try container.decode(UInt64.self, forKey: .fileBytesMax)
        filesMax = try container.decode(Int.self, forKey: .filesMax)
        totalBytesMax = try container.decode(UInt64.self, forKey: .totalBytesMax)
        linesInMemory = try container.decode(Int.self, forKey: .linesInMemory)
        lineBytesMax = try container.decode(Int.self, forKey: .lineBytesMax)
        compress = try container.decodeIfPresent(Bool.self, forKey: .compress) ?? true
    }
}
