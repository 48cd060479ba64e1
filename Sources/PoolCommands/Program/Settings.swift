internal import PoolModel

/// What every verb is told by the common options, however they were read.
struct Settings: Hashable, Sendable {
    enum Color: String, Hashable, Sendable, CaseIterable {
        case auto, always, never
    }

    var runtimeDir: String?
    /// The control socket itself; wins over the runtime directory.
    var socket: String?
    /// Only this pool.
    var pool: String?
    var json = false
    var color = Color.auto
    var timeout: Duration?
}
