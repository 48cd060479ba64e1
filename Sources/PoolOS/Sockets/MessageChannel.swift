internal import Glibc

/// A ``MessageSocket`` on a ``Reactor``: delivers what comes in, and keeps what cannot go out yet.
///
/// All of it happens on the reactor's thread.
package final class MessageChannel {
    /// Messages of one round: the rest waits, so that one peer does not starve the others.
    private static let messagesPerRound = 64
    /// When a message is tried again for which the kernel had no room.
    private static let retryDelay = Duration.milliseconds(50)

    private let reactor: Reactor
    private let socket: MessageSocket
    private let transmit: Transmission
    private let backlogMax: Int
    private var backlog: [(payload: [UInt8], descriptors: [FileDescriptor])] = []
    private var onMessage: ([UInt8], [FileDescriptor]) -> Void = { _, _ in }
    private var onClose: (SystemError?) -> Void = { _ in }
    private var isWatched = false
    private var isRetrying = false

    /// Messages that wait for the peer to read.
    package var backlogCount: Int { backlog.count }
    package private(set) var isOpen = true
    /// See ``MessageSocket/receive(takesIncomplete:)``.
    package var takesIncomplete = false

    /// - Parameter backlogMax: Messages that may wait. Beyond: ``send(_:descriptors:)`` refuses them.
    package convenience init(_ socket: MessageSocket, on reactor: Reactor, backlogMax: Int) {
        self.init(socket, on: reactor, backlogMax: backlogMax) { payload, descriptors throws(SystemError) in
            try socket.send(payload, descriptors: descriptors)
        }
    }

    /// Sends one message, as ``MessageSocket/send(_:descriptors:)`` does.
    typealias Transmission = ([UInt8], [FileDescriptor]) throws(SystemError) -> Bool

    /// - Parameter transmit: what sends; a test's own one fails when it wants to.
    init(_ socket: MessageSocket, on reactor: Reactor, backlogMax: Int, transmit: @escaping Transmission) {
        self.socket = socket
        self.reactor = reactor
        self.backlogMax = backlogMax
        self.transmit = transmit
    }

    /// Begins to deliver.
    ///
    /// `onClose` is called at most once: with nil where the peer closed its end or died, with the error where the
    /// connection failed. After ``close()`` neither handler is called.
    package func open(
        onMessage: @escaping ([UInt8], [FileDescriptor]) -> Void,
        onClose: @escaping (SystemError?) -> Void
    ) throws(SystemError) {
        self.onMessage = onMessage
        self.onClose = onClose
        let interest: Readiness = backlog.isEmpty || isRetrying ? .readable : [.readable, .writable]
        try reactor.watch(socket.descriptor.raw, interest) { [weak self] ready in self?.handle(ready) }
        isWatched = true
    }

    /// Sends a message now, or as soon as the peer has read enough and the kernel has room for it.
    ///
    /// - Returns: false where the channel is closed, the backlog is full, or the message is one that cannot be sent
    ///   (a closed descriptor, too large): it is dropped.
    @discardableResult
    package func send(_ payload: [UInt8], descriptors: [FileDescriptor] = []) -> Bool {
        guard isOpen, backlog.count < backlogMax else { return false }
        if backlog.isEmpty {
            switch attempt(payload, descriptors) {
            case .sent: return true
            case .queueIsFull: setWritable(true)
            case .noRoom: retryLater()
            // What the peer sent before is still to be read, and then its end is seen.
            case .peerIsGone, .impossible: return false
            }
        }
        backlog.append((payload, descriptors))
        return true
    }

    private enum Attempt {
        case sent, queueIsFull
        /// It passes: too many open files, too many descriptors in flight, no memory.
        case noRoom
        case peerIsGone
        /// The message itself: no later attempt would be another.
        case impossible
    }

    private func attempt(_ payload: [UInt8], _ descriptors: [FileDescriptor]) -> Attempt {
        do throws(SystemError) {
            return try transmit(payload, descriptors) ? .sent : .queueIsFull
        } catch {
            switch error.code {
            case EMFILE, ENFILE, ENOMEM, ENOBUFS, ETOOMANYREFS: return .noRoom
            case E2BIG, EBADF, EINVAL, EMSGSIZE: return .impossible
            default: return .peerIsGone
            }
        }
    }

    /// The socket is writable all the time meanwhile, so that only a timer can tell when to go on.
    private func retryLater() {
        guard !isRetrying else { return }
        isRetrying = true
        setWritable(false)
        reactor.schedule(after: MessageChannel.retryDelay) { [weak self] in
            guard let self, isOpen else { return }
            isRetrying = false
            flush()
        }
    }

    /// Closes this end; nothing is delivered any more.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        if isWatched { reactor.unwatch(socket.descriptor.raw) }
        isWatched = false
        socket.descriptor.close()
        backlog = []
        onMessage = { _, _ in }
        onClose = { _ in }
    }

    /// Delivers what has come in, without waiting: for what a peer sent before it died.
    package func drain() {
        while receiveNext() {}
    }

    private func handle(_ ready: Readiness) {
        if ready.contains(.writable) { flush() }
        for _ in 0..<MessageChannel.messagesPerRound where !receiveNext() { return }
    }

    /// Delivers one message; returns whether there may be another.
    private func receiveNext() -> Bool {
        guard isOpen else { return false }
        do throws(SystemError) {
            switch try socket.receive(takesIncomplete: takesIncomplete) {
            case .message(let payload, let descriptors):
                onMessage(payload, descriptors)
                return isOpen
            case .nothing:
                return false
            case .closed:
                end(nil)
                return false
            }
        } catch {
            end(error)
            return false
        }
    }

    private func flush() {
        guard !isRetrying else { return }
        var done = 0
        defer { backlog.removeFirst(done) }
        while done < backlog.count {
            switch attempt(backlog[done].payload, backlog[done].descriptors) {
            case .sent, .impossible: done += 1
            case .queueIsFull: return setWritable(true)
            case .noRoom: return retryLater()
            case .peerIsGone: done = backlog.count
            }
        }
        setWritable(false)
    }

    private func setWritable(_ wanted: Bool) {
        guard isWatched else { return }
        // It fails only where the watch is gone, and then nothing is to be sent either.
        try? reactor.modify(socket.descriptor.raw, wanted ? [.readable, .writable] : .readable)
    }

    private func end(_ error: SystemError?) {
        let handler = onClose
        close()
        handler(error)
    }

    deinit {
        if isOpen { close() }
    }
}
