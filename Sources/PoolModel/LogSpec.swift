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

    package init() {}
}
