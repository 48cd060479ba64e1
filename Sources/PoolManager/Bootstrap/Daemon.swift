internal import Glibc
internal import PoolAPI
internal import PoolCore
internal import PoolModel
internal import PoolOS

/// The manager's process: puts the parts together, passes on what the keeper says, ticks once a second.
///
/// All state is the main thread's, which is the reactor's and the manager's.
final class Daemon {
    private let options: ManagerOptions
    private let reactor: Reactor
    private let link: KeeperLink
    private let log: DaemonLog
    private var driver: SystemDriver?
    private var manager: Manager?
    private var service: ControlService?
    /// Exits that came before there was anybody to tell.
    private var early: [KeeperLink.Event] = []
    private(set) var exitCode: Int32 = 0

    init(_ options: ManagerOptions, reactor: Reactor, link: KeeperLink, log: DaemonLog) {
        self.options = options
        self.reactor = reactor
        self.link = link
        self.log = log
    }

    /// The keeper has told what it holds: start, or take over.
    func begin(_ inventory: KeeperLink.Inventory) {
        do throws(StartFailure) {
            var bootstrap = Bootstrap(options, reactor: reactor, link: link, log: log, inventory: inventory)
            let (manager, driver, control) = try bootstrap.run()
            self.manager = manager
            self.driver = driver
            driver.onEnd = { [weak self] in self?.end(code: 0) }
            serve(manager, listener: control)
            link.reportReady()
            tick()
            for event in early { handle(event) }
            early = []
            if inventory.welcome.isStopping { handle(.asked(.stop)) }
        } catch {
            for line in error.message.split(separator: "\n") { log.write(.error, String(line), at: WallClock.now) }
            link.reportFailure(code: error.code, message: error.message)
            end(code: error.code)
        }
    }

    /// What the keeper says.
    func handle(_ event: KeeperLink.Event) {
        guard let driver, let manager else {
            early.append(event)
            return
        }
        switch event {
        case .exited(let child): driver.exited(child)
        case .asked(.stop):
            // These handlers run on the reactor, which is the manager's executor.
            manager.assumeIsolated { $0.beginShutdown(force: false, actor: "signal", why: "asked to stop") }
        case .asked(.reload): reload(manager)
        case .asked(.reopenLogs):
            driver.logs.reopen()
            driver.proxies.reopenLogs()
        case .lost(let error):
            // Without a keeper nothing can be started and no exit is seen. The proxy goes on serving.
            let reason = error.map { ": \($0)" } ?? ""
            log.write(
                .error,
                "the keeper is gone\(reason); the manager ends, the proxy and the workers go on",
                at: WallClock.now
            )
            end(code: 1)
        }
    }

    private func reload(_ manager: Manager) {
        // Not structured: nobody waits for a signal. What comes of it are events.
        Task { _ = try? await manager.reload(ReloadRequest(why: "SIGHUP"), actor: "signal") }
    }

    /// Once a second: figures, then what follows from them.
    private func tick() {
        reactor.schedule(after: .seconds(1)) { [weak self] in
            guard let self, let driver, let manager else { return }
            driver.logs.tick()
            driver.lookAtHost()
            if !driver.isEnding { service?.look() }
            // The reactor is the manager's executor.
            manager.assumeIsolated {
                driver.stats.sample($0.statisticsSlots, at: MonotonicClock.now)
                $0.tick()
            }
            tick()
        }
    }

    private func serve(_ manager: Manager, listener: FileDescriptor) {
        let service = ControlService(manager: manager, directories: options.directories, log: log) { [link] socket in
            link.store(socket, name: Bootstrap.controlName)
        }
        self.service = service
        service.begin(listener: listener)
    }

    private func end(code: Int32) {
        exitCode = code
        reactor.stop()
    }
}
