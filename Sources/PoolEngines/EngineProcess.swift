internal import CPoolOS
internal import Glibc
package import PoolModel
internal import PoolOS

/// The engine's role of `poold`: stands where the proxy stands, and has a foreign program do the work.
package enum EngineProcess {
    /// Runs until it is drained, or the program has ended; returns the exit status. Call it on the main thread.
    package static func run(_ kind: ProxyEngine, _ options: EngineOptions) -> Int32 {
        do throws(SystemError) {
            let signals = FileDescriptor(adopting: try syscall("signalfd") { pool_signalfd([SIGTERM, SIGINT], 2) })
            let host = try EngineHost(kind, options, try Reactor(), signals)
            switch kind {
            case .haproxy: host.engine = HAProxyEngine(host)
            case .nginx, .builtIn: host.engine = NginxEngine(host)
            }
            try host.open()
            host.reactor.run()
            host.engine = nil
            return host.exitStatus
        } catch {
            let text = "\(kind.title) engine: \(error)\n"
            _ = text.withCString { write(2, $0, strlen($0)) }
            return 1
        }
    }
}
