internal import PoolModel

/// What every verb is told by the common options, however they were read.
struct Settings: Hashable, Sendable {
    enum Color: String, Hashable, Sendable, CaseIterable {
        case auto, always, never
    }

    var runtimeDir: String?
    /// The control socket itself; wins over the runtime directory.
    var socket: String?
    /// A daemon on another host, and the files that let one in there; they win over both.
    var url: String?
    var certificate: String?
    var key: String?
    var authorities: String?
    /// Only this pool.
    var pool: String?
    var json = false
    var color = Color.auto
    var timeout: Duration?
}
