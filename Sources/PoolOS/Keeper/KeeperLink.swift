internal import Glibc
package import PoolModel

/// The manager's end of its connection to the keeper: on the manager's reactor, everything by call and callback.
///
/// What is asked is done in order. A manager that is started again finds in ``open(onEvent:completion:)``'s inventory
/// all that was started and stored before, and every exit that was not acknowledged.
package final class KeeperLink {
    /// The store's name of a listening socket begins with this; its address follows.
    package static let listenerPrefix = "listener/"
    /// The number of the descriptor that a manager inherits.
    package static let inheritedDescriptor: Int32 = 3
    /// Bytes of a tag, and of a stored descriptor's name. Beyond: refused.
    package static let tagBytesMax = 1024
    package static let nameBytesMax = 256

    package enum Event {
        /// To be answered by ``acknowledge(_:)`` once it is dealt with.
        case exited(KeeperChild)
        case asked(KeeperDemand)
        /// The keeper is gone, or the link is broken; nothing works any more. nil where it closed its end.
        case lost(SystemError?)
    }

    /// What the keeper holds for us.
    package struct Inventory {
        package var welcome: KeeperWelcome
        package var children: [KeeperChild] = []
        package var descriptors: [String: FileDescriptor] = [:]
    }

    private enum Pending {
        case spawn((Result<ProcessIdentity, SpawnFailure>) -> Void)
        case done((Int32) -> Void)
        case list((Inventory) -> Void)
    }

    /// Requests that wait for the keeper to read. It reads at once; beyond, they fail with EAGAIN.
    private static let backlogMax = 16_384

    private let channel: MessageChannel
    private var onEvent: (Event) -> Void = { _ in }
    private var pending: [UInt64: Pending] = [:]
    private var lastID: UInt64 = 0
    private var inventory: Inventory?

    package init(_ socket: MessageSocket, on reactor: Reactor) {
        channel = MessageChannel(socket, on: reactor, backlogMax: KeeperLink.backlogMax)
    }

    /// The link of a process that a keeper has started as its manager.
    ///
    /// - Throws: where descriptor 3 is not open or not a socket: the process was not started by a keeper.
    package convenience init(inheritedOn reactor: Reactor) throws(SystemError) {
        let descriptor = FileDescriptor(adopting: KeeperLink.inheritedDescriptor)
        try descriptor.setCloseOnExec(true)
        self.init(try MessageSocket(adopting: descriptor), on: reactor)
    }

    /// Introduces us to the keeper; events come after the completion, which is called once with all that it holds.
    package func open(
        onEvent: @escaping (Event) -> Void,
        completion: @escaping (Inventory) -> Void
    ) throws(SystemError) {
        self.onEvent = onEvent
        pending[0] = .list(completion)
        try channel.open(
            onMessage: { [weak self] in self?.receive($0, $1) },
            onClose: { [weak self] in self?.lose($0) }
        )
        channel.send(KeeperRequest.hello(version: KeeperWelcome.currentVersion).encoded)
    }

    /// Closes our end.
    package func close() {
        channel.close()
        pending = [:]
    }
}

// MARK: Asking

extension KeeperLink {
    /// Starts a process.
    ///
    /// - Parameters:
    ///   - tag: comes back with the child in exits and inventories; at most ``tagBytesMax`` bytes.
    ///   - completion: is called when the program has been executed, or could not be.
    package func spawn(
        _ request: SpawnRequest,
        descriptors: [SpawnDescriptor] = [],
        tag: String,
        completion: @escaping (Result<ProcessIdentity, SpawnFailure>) -> Void
    ) {
        let id = nextID()
        let message = KeeperRequest.spawn(id: id, request, targets: descriptors.map(\.target), tag: tag).encoded
        guard message.count <= Limits.keeperMessageBytesMax, tag.utf8.count <= KeeperLink.tagBytesMax,
            descriptors.count <= MessageSocket.descriptorsMax
        else {
            completion(.failure(SpawnFailure(.request, code: E2BIG, object: request.executable)))
            return
        }
        pending[id] = .spawn(completion)
        if !channel.send(message, descriptors: descriptors.map(\.file)) {
            pending[id] = nil
            completion(.failure(SpawnFailure(.request, code: EAGAIN, object: request.executable)))
        }
    }

    /// Sends a signal to a child, or to its whole process group.
    ///
    /// - Parameter completion: gets 0, or ESRCH where it has ended, EPERM, EAGAIN.
    package func signal(
        _ process: ProcessIdentity,
        _ signal: Int32,
        asGroup: Bool,
        completion: @escaping (Int32) -> Void = { _ in }
    ) {
        let id = nextID()
        ask(id, .signal(id: id, process, signal: signal, asGroup: asGroup), [], completion)
    }

    /// Says that an exit has been dealt with: the keeper forgets it.
    package func acknowledge(_ process: ProcessIdentity) {
        channel.send(KeeperRequest.acknowledge(process).encoded)
    }

    /// Lets the keeper keep a duplicate of the descriptor, in place of an older one of that name.
    ///
    /// - Parameter completion: gets 0, or ENOSPC where its store is full, EAGAIN.
    package func store(
        _ descriptor: FileDescriptor,
        name: String,
        completion: @escaping (Int32) -> Void = { _ in }
    ) {
        guard name.utf8.count <= KeeperLink.nameBytesMax else {
            completion(ENAMETOOLONG)
            return
        }
        let id = nextID()
        ask(id, .store(id: id, name: name), [descriptor], completion)
    }

    /// Lets the keeper close what it keeps under that name.
    package func drop(name: String) { channel.send(KeeperRequest.drop(name: name).encoded) }

    /// Asks for the inventory again.
    package func list(_ completion: @escaping (Inventory) -> Void) {
        let id = nextID()
        pending[id] = .list(completion)
        channel.send(KeeperRequest.list(id: id).encoded)
    }

    /// The daemon works: `poold run -d` returns.
    package func reportReady() { channel.send(KeeperRequest.ready.encoded) }

    /// The daemon cannot work; to be followed by our exit. Counts before ``reportReady()`` of the first manager only.
    package func reportFailure(code: Int32, message: String) {
        channel.send(KeeperRequest.failed(code: code, message: String(message.prefix(16_384))).encoded)
    }

    /// How long our shutdown may take from now on.
    package func setShutdownLimit(_ limit: Duration) {
        let milliseconds = UInt64(limit.millisecondsRoundedUp)
        channel.send(KeeperRequest.shutdownLimit(milliseconds: milliseconds).encoded)
    }

    /// Lets the keeper start the next manager from another program; `arguments` has argv's first element too.
    package func setNextManager(executable: String, arguments: [String]) {
        channel.send(KeeperRequest.nextManager(executable: executable, arguments: arguments).encoded)
    }

    /// Shutdown is complete: the keeper ends whatever is left, us included, and exits with the code.
    package func finish(code: Int32) { channel.send(KeeperRequest.finish(code: code).encoded) }

    /// Lets the keeper become another program; where that succeeds we are ended.
    ///
    /// - Parameter completion: gets the errno where it cannot be done.
    package func upgrade(to program: String, completion: @escaping (Int32) -> Void) {
        let id = nextID()
        ask(id, .upgrade(id: id, program: program), [], completion)
    }

    private func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    private func ask(
        _ id: UInt64,
        _ request: KeeperRequest,
        _ descriptors: [FileDescriptor],
        _ completion: @escaping (Int32) -> Void
    ) {
        pending[id] = .done(completion)
        if !channel.send(request.encoded, descriptors: descriptors) {
            pending[id] = nil
            completion(EAGAIN)
        }
    }
}

// MARK: Answers

extension KeeperLink {
    private func receive(_ bytes: [UInt8], _ descriptors: [FileDescriptor]) {
        let notice: KeeperNotice
        do throws(KeeperCodecError) {
            notice = try KeeperNotice(decoding: bytes)
        } catch {
            // A newer keeper's message would be told by its version; this is a broken link.
            channel.close()
            lose(SystemError("decode", on: "keeper's message", code: EPROTO))
            return
        }
        switch notice {
        case .welcome(let welcome): inventory = Inventory(welcome: welcome)
        case .child(let child): inventory?.children.append(child)
        case .descriptor(let name): inventory?.descriptors[name] = descriptors.first
        case .listed(let id): finishList(id)
        case .spawned(let id, let process): finishSpawn(id, .success(process))
        case .spawnFailed(let id, let failure): finishSpawn(id, .failure(failure))
        case .exited(let child): onEvent(.exited(child))
        case .done(let id, let code):
            if case .done(let completion) = pending.removeValue(forKey: id) { completion(code) }
        case .asked(let demand): onEvent(.asked(demand))
        }
    }

    private func finishSpawn(_ id: UInt64, _ result: Result<ProcessIdentity, SpawnFailure>) {
        if case .spawn(let completion) = pending.removeValue(forKey: id) { completion(result) }
    }

    private func finishList(_ id: UInt64) {
        guard case .list(let completion) = pending.removeValue(forKey: id), let inventory else { return }
        self.inventory?.children = []
        self.inventory?.descriptors = [:]
        completion(inventory)
    }

    private func lose(_ error: SystemError?) {
        let unanswered = pending
        pending = [:]
        for waiting in unanswered.values {
            switch waiting {
            case .spawn(let completion): completion(.failure(SpawnFailure(.request, code: EPIPE)))
            case .done(let completion): completion(EPIPE)
            case .list: break
            }
        }
        onEvent(.lost(error))
    }
}
