package import PoolCore
internal import PoolModel

/// A pool's machine, and what is known of the pool beside its decisions.
package struct ManagedPool {
    package var name: String { machine.spec.name }
    package var machine: PoolMachine
    /// Where the profile was read, absolute.
    package var profilePath: String
    /// Why the last reload was refused; nil where the profile runs.
    package var profileError: String?
    /// The pool's part of the routing table, as published last.
    var routes: PoolRoutes?
    /// The last panic that a proxy told of, and when.
    var panic: (detail: String, at: Duration)?
    /// Why load could not make it larger, as it was told last; nil since it could.
    var growthRefusal: String?
    /// Its profile is gone: it is being stopped, and leaves the daemon then.
    var isLeaving = false
    /// Actions that wait for their turn, or for the state file.
    var pending: [PoolAction] = []

    package init(machine: PoolMachine, profilePath: String, profileError: String? = nil) {
        self.machine = machine
        self.profilePath = profilePath
        self.profileError = profileError
    }

    /// The directory that relative paths of the profile start from.
    var profileDirectory: String { ManagedPool.directory(of: profilePath) }

    static func addressRule(runtimeDirectory: String, profilePath: String) -> PoolMachine.AddressRule {
        let directory = directory(of: profilePath)
        return { spec, id in
            AddressTemplate.address(of: id, spec, runtimeDirectory: runtimeDirectory, profileDirectory: directory)
        }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
