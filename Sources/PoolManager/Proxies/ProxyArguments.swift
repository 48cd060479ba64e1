package import PoolModel

/// The command line of the proxy role: `poold proxy --lanes 0-1 --runtime-dir /run/pool --state-dir /var/lib/pool`.
package struct ProxyArguments: Hashable, Sendable {
    /// The descriptor of its link to the manager.
    package static let linkDescriptor: Int32 = 3
    /// The descriptor of the statistics segment.
    package static let statsDescriptor: Int32 = 4

    package var number: UInt64
    /// Its lanes of the statistics segment: one for each of its loops.
    package var lanes: Range<Int>
    package var directories: Directories
    /// Which role it is: the proxy's, or that of another engine.
    var engine = ProxyEngine.builtIn

    package init(number: UInt64, lanes: Range<Int>, directories: Directories) {
        self.number = number
        self.lanes = lanes
        self.directories = directories
    }

    var words: [String] {
        [
            engine.isForeign ? engine.rawValue : "proxy", "--number", "\(number)", "--lanes",
            "\(lanes.lowerBound)-\(lanes.upperBound - 1)",
            "--runtime-dir", directories.runtime, "--state-dir", directories.state,
        ]
    }
}
