internal import CPoolOS

/// The environment of this process.
package enum ProcessEnvironment {
    /// `NAME=value` entries, as a child gets them.
    package static var entries: [String] {
        var entries: [String] = []
        while let entry = pool_environment_entry(Int32(entries.count)) { entries.append(String(cString: entry)) }
        return entries
    }
}
