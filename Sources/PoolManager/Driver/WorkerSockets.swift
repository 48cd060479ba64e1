internal import Glibc
internal import PoolModel
internal import PoolOS

/// What we do about the sockets that workers listen on: bind them for those that inherit theirs (`listen_fds`), and
/// set the mode of those that make their own.
///
/// A socket that we bind lies in the keeper's store: it outlives its worker's processes, and requests that come in
/// between wait in its queue. All state is the manager thread's.
final class WorkerSockets {
    private struct Held {
        var address: Address
        var socket: FileDescriptor
    }

    private static let prefix = "socket/"

    private let link: KeeperLink
    private var held: [WorkerID: Held] = [:]
    /// What the keeper kept, by name, until its worker asks for it.
    private var inherited: [String: FileDescriptor]
    /// Modes that are still to be given to sockets that workers make.
    private var modes: [WorkerID: (path: String, mode: UInt16)] = [:]

    init(link: KeeperLink, inherited: [String: FileDescriptor]) {
        self.link = link
        self.inherited = inherited.filter { $0.key.hasPrefix(Self.prefix) }
    }

    /// Whether the worker's address is a socket of ours: it must not be taken for a stale one.
    func holds(_ address: Address) -> Bool { held.values.contains { $0.address == address } }

    /// The socket of a worker that inherits it, bound where it is not yet.
    func socket(
        for worker: WorkerID,
        at address: Address,
        access: ListeningSocket.Access
    ) throws(SystemError) -> FileDescriptor {
        if let held = held[worker] {
            if held.address == address { return held.socket }
            release(worker)
        }
        let name = Self.name(worker, address)
        let socket: FileDescriptor
        if let kept = inherited.removeValue(forKey: name) {
            socket = kept
        } else {
            socket = try ListeningSocket.bind(address, access: access)
            link.store(socket, name: name)
        }
        held[worker] = Held(address: address, socket: socket)
        return socket
    }

    /// The worker has left its pool, or no longer inherits its socket.
    func release(_ worker: WorkerID) {
        modes[worker] = nil
        guard let gone = held.removeValue(forKey: worker) else { return }
        link.drop(name: Self.name(worker, gone.address))
    }

    // MARK: Modes

    /// A process of the worker is being started, which will make its socket.
    func expect(_ worker: WorkerID, mode: UInt16?, at address: Address) {
        guard let mode, case .unix(let path) = address else { return modes[worker] = nil }
        modes[worker] = (path, mode)
    }

    /// Sets the mode of the worker's socket once it is there: before the first request, the first probe included.
    ///
    /// - Returns: what stands in the way, for an event.
    func applyMode(_ worker: WorkerID) -> String? {
        guard let (path, mode) = modes[worker] else { return nil }
        guard let file = try? SocketFile(path) else { return nil }
        modes[worker] = nil
        do throws(SystemError) {
            try file.setMode(mode)
            return nil
        } catch {
            return "the mode of \(path) cannot be set: \(error.reason)"
        }
    }

    private static func name(_ worker: WorkerID, _ address: Address) -> String { "\(prefix)\(worker)/\(address)" }
}
