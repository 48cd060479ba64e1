/// A ``MessageSocket`` on a ``Reactor``: delivers what comes in, and keeps what cannot go out yet.
///
/// All of it happens on the reactor's thread.
package final class MessageChannel {
    /// Messages of one round: the rest waits, so that one peer does not starve the others.
    private static let messagesPerRound = 64

    private let reactor: Reactor
    private let socket: MessageSocket
    private let backlogMax: Int
    private var backlog: [(payload: [UInt8], descriptors: [FileDescriptor])] = []
    private var onMessage: ([UInt8], [FileDescriptor]) -> Void = { _, _ in }
    private var onClose: (SystemError?) -> Void = { _ in }
    private var isWatched = false

    /// Messages that wait for the peer to read.
    package var backlogCount: Int { backlog.count }
    package private(set) var isOpen = true

    /// - Parameter backlogMax: Messages that may wait. Beyond: ``send(_:descriptors:)`` refuses them.
    package init(_ socket: MessageSocket, on reactor: Reactor, backlogMax: Int) {
        self.socket = socket
        self.reactor = reactor
        self.backlogMax = backlogMax
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
        let interest: Readiness = backlog.isEmpty ? .readable : [.readable, .writable]
        try reactor.watch(socket.descriptor.raw, interest) { [weak self] ready in self?.handle(ready) }
        isWatched = true
    }

    /// Sends a message now, or as soon as the peer has read enough.
    ///
    /// - Returns: false where the channel is closed, or the backlog is full: the message is dropped.
    @discardableResult
    package func send(_ payload: [UInt8], descriptors: [FileDescriptor] = []) -> Bool {
        guard isOpen, backlog.count < backlogMax else { return false }
        if backlog.isEmpty {
            do throws(SystemError) {
                if try socket.send(payload, descriptors: descriptors) { return true }
            } catch {
                // EPIPE and the like: what the peer sent before is still to be read, and then its end is seen.
                return false
            }
            setWritable(true)
        }
        backlog.append((payload, descriptors))
        return true
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
            switch try socket.receive() {
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
        var sent = 0
        defer { backlog.removeFirst(sent) }
        while sent < backlog.count {
            do throws(SystemError) {
                guard try socket.send(backlog[sent].payload, descriptors: backlog[sent].descriptors) else { return }
            } catch {
                sent = backlog.count
                setWritable(false)
                return
            }
            sent += 1
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
