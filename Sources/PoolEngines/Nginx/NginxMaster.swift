internal import Glibc
internal import PoolModel
internal import PoolOS

/// One running nginx: its master process, and what it was given.
final class NginxMaster {
    let child: ProcessSpawner.Child
    /// The names of its listeners, which it keeps for its life.
    let listeners: Set<String>
    let statusSocket: String
    /// Requests that we made ourselves, of `stub_status`.
    var ownRequests: UInt64 = 0
    var hasEnded = false

    init(_ child: ProcessSpawner.Child, listeners: Set<String>, statusSocket: String) {
        self.child = child
        self.listeners = listeners
        self.statusSocket = statusSocket
    }

    /// A worker process as /proc shows it.
    struct Worker: Hashable {
        var pid: Int32
        var isFinishing: Bool
    }

    /// Its worker processes; those that take no new connections say so in their title.
    var workers: [Worker] {
        guard let file = try? FileDescriptor.open("/proc/\(child.pid)/task/\(child.pid)/children", O_RDONLY),
            let bytes = try? file.contents(bytesMax: 64 << 10)
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }.compactMap { pid in
            guard let file = try? FileDescriptor.open("/proc/\(pid)/cmdline", O_RDONLY),
                let title = try? file.contents(bytesMax: 4096), !title.isEmpty
            else { return nil }
            return Worker(pid: pid, isFinishing: String(decoding: title, as: UTF8.self).contains("shutting down"))
        }
    }

    func signal(_ number: Int32) { if !hasEnded { kill(child.pid, number) } }

    /// What it counts; nil where it does not answer within a second.
    func status() -> NginxStatus? {
        guard !hasEnded, let socket = try? StreamSocket.connect(to: .unix(path: statusSocket)) else { return nil }
        ownRequests += 1
        let request = Array("GET / HTTP/1.0\r\n\r\n".utf8)
        guard send(socket.raw, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return nil
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while answer.count < 16_384, socket.waitReadable(seconds: 1) {
            let count = recv(socket.raw, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return NginxStatus(String(decoding: answer, as: UTF8.self))
    }
}
