internal import Glibc
internal import PoolModel
internal import PoolOS

/// One running HAProxy: its process, what it was given, and its Runtime API.
final class HAProxyRuntime {
    let child: ProcessSpawner.Child
    let controlSocket: String
    /// The names of its listeners, which it keeps for its life.
    let listeners: Set<String>
    /// The part of its configuration that only another process can change.
    let fixed: String
    /// Its servers as it knows them now.
    var servers: [WorkerID: HAProxyServer]
    /// Servers that go as soon as their last request has ended.
    var leaving: [WorkerID: HAProxyServer] = [:]
    var hasEnded = false

    /// Bytes of an answer; a thousand servers take 300 KiB.
    private static let answerMax = 4 << 20

    init(
        _ child: ProcessSpawner.Child,
        controlSocket: String,
        listeners: Set<String>,
        fixed: String,
        servers: [HAProxyServer]
    ) {
        self.child = child
        self.controlSocket = controlSocket
        self.listeners = listeners
        self.fixed = fixed
        self.servers = Dictionary(servers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func signal(_ number: Int32) { if !hasEnded { kill(child.pid, number) } }

    /// What it answers to one command; nil where it does not within a second.
    func say(_ command: String) -> String? {
        guard !hasEnded, let socket = try? StreamSocket.connect(to: .unix(path: controlSocket)) else { return nil }
        let request = Array((command + "\n").utf8)
        guard send(socket.raw, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return nil }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count < Self.answerMax {
            guard socket.waitReadable(seconds: 1) else { return nil }
            let count = recv(socket.raw, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }

    var status: HAProxyStatus? { say("show stat").flatMap { HAProxyStatus($0) } }

    // MARK: - Servers

    /// Brings its servers to a table's, without a reload; what it complained about, if anything.
    ///
    /// Its own check is off while a worker is out of the rotation, and starts anew with it: a worker that our probes
    /// found ready is not kept out by what the check saw of the process before.
    func change(to table: RoutingTable) -> String? {
        var wanted: Set<WorkerID> = []
        for pool in table.pools {
            for server in pool.workers.map({ HAProxyServer($0) }) {
                wanted.insert(server.id)
                if let problem = bring(server, pool) { return problem }
            }
        }
        for (id, server) in servers where !wanted.contains(id) {
            servers[id] = nil
            leaving[id] = server
            if let problem = order("disable health \(server.name)", "set server \(server.name) state maint")
                ?? order("set server \(server.probeName) state maint")
            {
                return problem
            }
        }
        sweep()
        return nil
    }

    private func bring(_ server: HAProxyServer, _ pool: PoolRoutes) -> String? {
        let known = servers[server.id] ?? leaving[server.id]
        defer {
            servers[server.id] = server
            leaving[server.id] = nil
        }
        guard let known else { return add(server, pool) }
        var commands: [String] = []
        let isBack = leaving[server.id] != nil
        if isBack { commands.append("set server \(server.probeName) state ready") }
        if known.weight != server.weight {
            commands.append("set server \(server.name) weight \(max(0, min(256, server.weight)))")
        }
        let isNewLife = known.life != server.life && server.isRoutable
        if isBack || isNewLife || known.isRoutable != server.isRoutable { commands += state(server) }
        return commands.isEmpty ? nil : order(commands)
    }

    private func state(_ server: HAProxyServer) -> [String] {
        server.isRoutable
            ? [
                "set server \(server.name) health up", "set server \(server.name) state ready",
                "enable health \(server.name)",
            ] : ["disable health \(server.name)", "set server \(server.name) state drain"]
    }

    private func add(_ server: HAProxyServer, _ pool: PoolRoutes) -> String? {
        for command in ["\(server.name) \(server.words(pool))", "\(server.probeName) \(server.probeWords)"] {
            guard let answer = say("add server " + command) else { return "no answer to add server" }
            guard answer.contains("New server registered") else { return "add server: \(Self.line(answer))" }
        }
        return order(["enable server \(server.probeName)"] + state(server))
    }

    /// Deletes the servers whose last request has ended.
    func sweep() {
        for (id, server) in leaving {
            var isGone = true
            for name in [server.name, server.probeName] {
                let answer = say("del server \(name)") ?? ""
                isGone = isGone && (answer.contains("deleted") || answer.contains("No such server"))
            }
            if isGone { leaving[id] = nil }
        }
    }

    private func order(_ commands: String...) -> String? { order(commands) }

    /// Commands that answer nothing where they succeed.
    private func order(_ commands: [String]) -> String? {
        guard let answer = say(commands.joined(separator: "; ")) else { return "no answer to \(commands[0])" }
        let complaint = Self.line(answer)
        return complaint.isEmpty ? nil : "\(commands.joined(separator: "; ")): \(complaint)"
    }

    private static func line(_ answer: String) -> String {
        answer.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
