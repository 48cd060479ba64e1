internal import Glibc
internal import PoolModel
internal import PoolOS

/// A manager's side of the link, in the test: the real ``KeeperLink`` on a reactor of its own, made awaitable.
actor TestManager {
    /// The fixture's process, which the keeper takes for its manager.
    nonisolated let pid: Int32
    private nonisolated let reactor: Reactor
    private let socket: MessageSocket
    private let relay: MessageSocket
    private var link: KeeperLink?
    private var exits: [String: KeeperChild] = [:]
    private var demands: [KeeperDemand] = []
    private var waiters: [() -> Bool] = []
    private(set) var isLost = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    init(pid: Int32, link: MessageSocket, relay: MessageSocket) throws {
        self.pid = pid
        reactor = try Reactor.start(name: "test-manager")
        socket = link
        self.relay = relay
    }

    func open() async throws -> KeeperLink.Inventory {
        let link = KeeperLink(socket, on: reactor)
        self.link = link
        return try await withCheckedThrowingContinuation { continuation in
            do {
                try link.open(
                    onEvent: { event in self.handle(event) },
                    completion: { inventory in continuation.resume(returning: inventory) }
                )
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func handle(_ event: KeeperLink.Event) {
        switch event {
        case .exited(let child): exits[child.tag] = child
        case .asked(let demand): demands.append(demand)
        case .lost: isLost = true
        }
        waiters.removeAll { $0() }
    }

    private func wait(until isTrue: @escaping () -> Bool) async {
        if isTrue() { return }
        await withCheckedContinuation { continuation in
            waiters.append {
                guard isTrue() else { return false }
                continuation.resume()
                return true
            }
        }
    }

    func exit(of tag: String) async -> KeeperChild? {
        await wait { self.exits[tag] != nil }
        return exits[tag]
    }

    func demand(_ demand: KeeperDemand) async {
        await wait { self.demands.contains(demand) }
    }

    func lost() async {
        await wait { self.isLost }
    }

    func spawn(
        _ request: SpawnRequest,
        descriptors: [SpawnDescriptor] = [],
        tag: String
    ) async -> Result<ProcessIdentity, SpawnFailure> {
        await withCheckedContinuation { continuation in
            link?.spawn(request, descriptors: descriptors, tag: tag) { continuation.resume(returning: $0) }
        }
    }

    /// Starts a shell command.
    func spawn(shell script: String, tag: String) async throws -> ProcessIdentity {
        let request = SpawnRequest(
            executable: "/bin/sh",
            arguments: ["sh", "-c", script],
            environment: ["PATH=/usr/bin:/bin"]
        )
        return try await spawn(request, tag: tag).get()
    }

    func signal(_ process: ProcessIdentity, _ signal: Int32, asGroup: Bool = false) async -> Int32 {
        await withCheckedContinuation { continuation in
            link?.signal(process, signal, asGroup: asGroup) { continuation.resume(returning: $0) }
        }
    }

    func store(_ descriptor: FileDescriptor, name: String) async -> Int32 {
        await withCheckedContinuation { continuation in
            link?.store(descriptor, name: name) { continuation.resume(returning: $0) }
        }
    }

    func list() async -> KeeperLink.Inventory {
        await withCheckedContinuation { continuation in
            link?.list { continuation.resume(returning: $0) }
        }
    }

    func acknowledge(_ process: ProcessIdentity) { link?.acknowledge(process) }
    func drop(_ name: String) { link?.drop(name: name) }
    func reportReady() { link?.reportReady() }
    func reportFailure(_ code: Int32, _ message: String) { link?.reportFailure(code: code, message: message) }
    func setShutdownLimit(_ limit: Duration) { link?.setShutdownLimit(limit) }
    func setNextManager(_ executable: String, _ arguments: [String]) {
        link?.setNextManager(executable: executable, arguments: arguments)
    }
    /// Lets the keeper become another program; this link ends with that.
    func upgrade(to program: String) { link?.upgrade(to: program) { _ in } }
    /// Why the keeper does not.
    func upgradeFailure(to program: String) async -> Int32 {
        await withCheckedContinuation { continuation in
            link?.upgrade(to: program) { continuation.resume(returning: $0) }
        }
    }
    nonisolated var isAlive: Bool { kill(pid, 0) == 0 }
    func finish(_ code: Int32) { link?.finish(code: code) }

    /// Sends bytes that need not be a message.
    func sendRaw(_ bytes: [UInt8]) throws -> Bool { try socket.send(bytes) }

    /// Lets the process end with that code.
    func endProcess(code: Int32) throws {
        close()
        _ = try relay.send(Array("\(code)".utf8))
    }

    /// Dies without a word.
    func killProcess() {
        kill(pid, SIGKILL)
        close()
    }

    func close() {
        link?.close()
        socket.descriptor.close()
        link = nil
        reactor.stop()
    }
}
