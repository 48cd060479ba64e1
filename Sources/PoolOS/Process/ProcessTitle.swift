internal import CPoolOS

/// What ps and top show of this process.
package enum ProcessTitle {
    /// Sets the title (`poold: keeper /run/pool`), and the short name of the process (`poold-keeper`, 15 bytes).
    ///
    /// It takes the place of the command line and the environment in memory: read `CommandLine.arguments` before. A
    /// title longer than those two together is cut.
    package static func set(_ title: String, name: String) {
        pool_set_title(title)
        pool_set_name(name)
    }
}
