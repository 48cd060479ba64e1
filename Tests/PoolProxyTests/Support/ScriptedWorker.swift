import Glibc
import PoolModel
import PoolOS
import Synchronization

/// A worker of the test's own: a real listening socket, and a thread for each connection that plays the given script.
///
/// Without a script it answers every request with 200 and its own name. It records every byte that reached it.
final class ScriptedWorker: Sendable {
    typealias Script = @Sendable (_ connection: WorkerConnection) throws -> Void

    let name: String
    let address: Address
    private let listener: FileDescriptor
    private let script: Script
    private struct Seen {
        var connections = 0
        var requests = 0
        var bytes: [UInt8] = []
        var open: [Int32] = []
        var isStopped = false
    }
    private let seen = Mutex(Seen())

    /// Requests whose head has been read.
    var requests: Int { seen.withLock { $0.requests } }
    var connections: Int { seen.withLock { $0.connections } }
    /// All that was received, on all connections.
    var received: String { seen.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    init(_ name: String, at address: Address, script: @escaping Script = ScriptedWorker.echoName) throws {
        self.name = name
        self.script = script
        listener = try ListeningSocket.bind(address, access: .init(mode: 0o600))
        try listener.setNonBlocking(false)
        if case .tcp(let host, _) = address, let port = ListeningSocket.port(of: listener) {
            self.address = .tcp(host: host, port: port)
        } else {
            self.address = address
        }
        try Thread.start(name: "worker") { [self] in accept() }
    }

    /// 200 with the worker's name, for as long as the connection is kept.
    static let echoName: Script = { connection in
        while let request = try connection.next() {
            try connection.answer(request, body: connection.workerName)
        }
    }

    private func accept() {
        while true {
            let raw = Glibc.accept(listener.raw, nil, nil)
            guard raw >= 0 else { return }
            let isStopped = seen.withLock { seen in
                if !seen.isStopped {
                    seen.connections += 1
                    seen.open.append(raw)
                }
                return seen.isStopped
            }
            let descriptor = FileDescriptor(adopting: raw)
            if isStopped {
                descriptor.close()
                return
            }
            try? Thread.start(name: "connection") { [self] in
                let connection = WorkerConnection(TestSocket(adopting: descriptor, seconds: 30), worker: self)
                try? script(connection)
                seen.withLock { seen in seen.open.removeAll { $0 == raw } }
                descriptor.close()
            }
        }
    }

    func note(request bytes: [UInt8], isHead: Bool) {
        seen.withLock { seen in
            seen.bytes += bytes
            if isHead { seen.requests += 1 }
        }
    }

    /// As if the process were killed: the listener and every connection are gone at once.
    func kill() {
        shutdown(listener.raw, Int32(2))
        if case .unix(let path) = address { unlink(path) }
        seen.withLock { seen in
            seen.isStopped = true
            for raw in seen.open { shutdown(raw, Int32(2)) }
        }
        listener.close()
    }

    deinit { kill() }
}

/// One connection of the proxy to a worker.
final class WorkerConnection {
    let socket: TestSocket
    private let worker: ScriptedWorker

    var workerName: String { worker.name }

    init(_ socket: TestSocket, worker: ScriptedWorker) {
        self.socket = socket
        self.worker = worker
    }

    /// The next request, its body included; nil at the end of the connection.
    func next() throws -> TestRequest? {
        guard let head = try? socket.readHead() else { return nil }
        worker.note(request: Array(head.utf8), isHead: true)
        var request = TestRequest(head: head)
        if let length = request.field("content-length").flatMap({ Int($0) }) {
            request.body = try socket.readExactly(length)
        } else if request.field("transfer-encoding") == "chunked" {
            request.body = try socket.readChunks()
        }
        worker.note(request: request.body, isHead: false)
        return request
    }

    /// The next request's head alone.
    func nextHead() throws -> TestRequest {
        let head = try socket.readHead()
        worker.note(request: Array(head.utf8), isHead: true)
        return TestRequest(head: head)
    }

    func answer(_ request: TestRequest, status: String = "200 OK", body: String, fields: String = "") throws {
        let sent = request.method == "HEAD" ? "" : body
        try socket.send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(sent)")
    }
}

/// A request as a worker got it.
struct TestRequest {
    let head: String
    var body: [UInt8] = []

    var method: String { String(head.prefix { $0 != " " }) }
    var target: String { String(head.split(separator: " ").dropFirst().first ?? "") }
    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? { TestAnswer(head: head).field(name) }
}
