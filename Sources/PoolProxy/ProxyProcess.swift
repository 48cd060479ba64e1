internal import CPoolOS
private import FoundationEssentials
internal import Glibc
internal import PoolModel
internal import PoolOS

/// The proxy's role of `poold`.
package enum ProxyProcess {
    /// Runs until it is drained; returns the exit status. Call it on the main thread, before others are started.
    package static func run(_ options: ProxyOptions) -> Int32 {
        do throws(SystemError) {
            // Before any thread is made, so that all have it blocked.
            let signals = FileDescriptor(adopting: try syscall("signalfd") { pool_signalfd([SIGTERM, SIGINT], 2) })
            let reactor = try Reactor()
            let server = try ProxyServer(options)
            let control = ProxyControl(server, reactor, options, signals)
            try control.open()
            reactor.run()
            return 0
        } catch {
            let text = "proxy: \(error)\n"
            _ = text.withCString { write(2, $0, strlen($0)) }
            return 1
        }
    }
}

/// The control thread: the link, the signals, the limit of a drain. All on the reactor's thread.
private final class ProxyControl {
    private let server: ProxyServer
    private let reactor: Reactor
    private let options: ProxyOptions
    private let signals: FileDescriptor
    private let channel: MessageChannel?
    private var isDraining = false

    /// Reports that may wait for a manager that is away. Beyond: they are dropped; a new manager asks anew.
    private static let backlogMax = 4096

    init(_ server: ProxyServer, _ reactor: Reactor, _ options: ProxyOptions, _ signals: FileDescriptor) {
        self.server = server
        self.reactor = reactor
        self.options = options
        self.signals = signals
        channel = options.link.map { MessageChannel($0, on: reactor, backlogMax: ProxyControl.backlogMax) }
    }

    func open() throws(SystemError) {
        try reactor.watch(signals.raw, .readable) { _ in self.takeSignals() }
        try reactor.watch(server.wakeDescriptor, .readable) { _ in self.passReports() }
        // The link's end is no reason to stop serving: the last table stands.
        try channel?.open(onMessage: { self.take($0, $1) }, onClose: { _ in })
        send(.ready(loops: server.loops))
    }

    private func take(_ payload: [UInt8], _ descriptors: [FileDescriptor]) {
        do {
            let command = try payload.withUnsafeBytes { try JSONDecoder().decode(ProxyCommand.self, from: Data($0)) }
            if case .drain(let seconds) = command {
                drain(seconds: seconds)
            } else {
                server.perform(command, descriptors: descriptors)
            }
        } catch {
            send(.failed(message: "a command could not be read: \(error)"))
        }
    }

    private func takeSignals() {
        while pool_next_signal(signals.raw) > 0 {
            // The second one is impatience.
            if isDraining { server.stop() } else { drain(seconds: options.drainSeconds) }
        }
    }

    private func drain(seconds: Double) {
        isDraining = true
        server.perform(.drain(limitSeconds: seconds))
        let limit = Duration.milliseconds(Int64(min(max(seconds, 0), 86_400) * 1000))
        reactor.schedule(after: limit) { self.server.stop() }
    }

    private func passReports() {
        server.takeReports().forEach(send)
        guard server.isFinished else { return }
        send(.drained)
        reactor.stop()
    }

    private func send(_ report: ProxyReport) {
        guard let channel, let data = try? JSONEncoder().encode(report) else { return }
        channel.send(Array(data))
    }
}
