internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// The manager's role of `poold`.
package enum ManagerProcess {
    /// The product's version.
    package static let version = APIVersion.product

    /// The environment that this process was started with. To be read before a title is set: the title takes its place.
    package static var environment: [String: String] { Bootstrap.environment }

    /// Runs until the daemon is shut down; returns the exit status. To be called on the main thread.
    package static func run(_ options: ManagerOptions) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any more (RLIMIT_FSIZE) is a write that fails, as on a full disk.
        signal(SIGXFSZ, SIG_IGN)
        let log = DaemonLog()
        do throws(SystemError) {
            let reactor = try Reactor()
            let link = try KeeperLink(inheritedOn: reactor)
            ProcessTitle.set("poold: manager \(options.directories.runtime)", name: "poold-manager")
            let daemon = Daemon(options, reactor: reactor, link: link, log: log)
            try link.open(
                onEvent: { daemon.handle($0) },
                completion: { daemon.begin($0) }
            )
            reactor.run()
            return daemon.exitCode
        } catch {
            log.write(.error, "the manager cannot start: \(error)", at: WallClock.now)
            return 1
        }
    }
}
