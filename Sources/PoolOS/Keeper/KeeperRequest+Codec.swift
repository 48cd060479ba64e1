internal import PoolModel

extension KeeperRequest {
    private enum Kind: UInt8 {
        case hello = 1
        case spawn, signal, acknowledge, store, drop, list, ready, failed, shutdownLimit, nextManager, finish, upgrade
    }

    /// The message's bytes.
    package var encoded: [UInt8] {
        var writer = KeeperWriter()
        switch self {
        case .hello(let version):
            writer.put(Kind.hello.rawValue)
            writer.put(version)
        case .spawn(let id, let request, let targets, let tag):
            writer.put(Kind.spawn.rawValue)
            writer.put(id)
            writer.put(request)
            writer.put(targets) { $0.put($1) }
            writer.put(tag)
        case .signal(let id, let process, let signal, let asGroup):
            writer.put(Kind.signal.rawValue)
            writer.put(id)
            writer.put(process)
            writer.put(signal)
            writer.put(asGroup)
        case .acknowledge(let process):
            writer.put(Kind.acknowledge.rawValue)
            writer.put(process)
        case .store(let id, let name):
            writer.put(Kind.store.rawValue)
            writer.put(id)
            writer.put(name)
        case .drop(let name):
            writer.put(Kind.drop.rawValue)
            writer.put(name)
        case .list(let id):
            writer.put(Kind.list.rawValue)
            writer.put(id)
        case .ready:
            writer.put(Kind.ready.rawValue)
        case .failed(let code, let message):
            writer.put(Kind.failed.rawValue)
            writer.put(code)
            writer.put(message)
        case .shutdownLimit(let milliseconds):
            writer.put(Kind.shutdownLimit.rawValue)
            writer.put(milliseconds)
        case .nextManager(let executable, let arguments):
            writer.put(Kind.nextManager.rawValue)
            writer.put(executable)
            writer.put(arguments) { $0.put($1) }
        case .finish(let code):
            writer.put(Kind.finish.rawValue)
            writer.put(code)
        case .upgrade(let id, let program):
            writer.put(Kind.upgrade.rawValue)
            writer.put(id)
            writer.put(program)
        }
        return writer.bytes
    }

    /// Reads a message.
    package init(decoding bytes: [UInt8]) throws(KeeperCodecError) {
        var reader = KeeperReader(bytes)
        guard let kind = Kind(rawValue: try reader.number()) else { throw KeeperCodecError() }
        switch kind {
        case .hello: self = .hello(version: try reader.number())
        case .spawn:
            self = .spawn(
                id: try reader.number(),
                try reader.spawnRequest(),
                targets: try reader.list { reader throws(KeeperCodecError) in try reader.number() },
                tag: try reader.text()
            )
        case .signal:
            self = .signal(
                id: try reader.number(),
                try reader.process(),
                signal: try reader.number(),
                asGroup: try reader.flag()
            )
        case .acknowledge: self = .acknowledge(try reader.process())
        case .store: self = .store(id: try reader.number(), name: try reader.text())
        case .drop: self = .drop(name: try reader.text())
        case .list: self = .list(id: try reader.number())
        case .ready: self = .ready
        case .failed: self = .failed(code: try reader.number(), message: try reader.text())
        case .shutdownLimit: self = .shutdownLimit(milliseconds: try reader.number())
        case .nextManager: self = .nextManager(executable: try reader.text(), arguments: try reader.texts())
        case .finish: self = .finish(code: try reader.number())
        case .upgrade: self = .upgrade(id: try reader.number(), program: try reader.text())
        }
        try reader.end()
    }
}

extension KeeperWriter {
    mutating func put(_ process: ProcessIdentity) {
        put(process.pid)
        put(process.startTicks)
    }

    fileprivate mutating func put(_ request: SpawnRequest) {
        put(request.executable)
        put(request.arguments) { $0.put($1) }
        put(request.environment) { $0.put($1) }
        put(request.directory) { $0.put($1) }
        put(request.umask) { $0.put($1) }
        put(request.session.rawValue)
        put(request.credentials) { writer, credentials in
            writer.put(credentials.userID)
            writer.put(credentials.groupID)
            writer.put(credentials.groups) { $0.put($1) }
        }
        put(request.limits) { writer, limit in
            writer.put(limit.resource)
            writer.put(limit.soft)
            writer.put(limit.hard)
        }
        put(request.nice) { $0.put($1) }
        put(request.oomScoreAdjustment) { $0.put($1) }
        put(request.killsGroupAtEnd)
    }
}

extension KeeperReader {
    mutating func process() throws(KeeperCodecError) -> ProcessIdentity {
        ProcessIdentity(pid: try number(), startTicks: try number())
    }

    fileprivate mutating func texts() throws(KeeperCodecError) -> [String] {
        try list { reader throws(KeeperCodecError) in try reader.text() }
    }

    fileprivate mutating func spawnRequest() throws(KeeperCodecError) -> SpawnRequest {
        var request = SpawnRequest(executable: try text(), arguments: try texts(), environment: try texts())
        request.directory = try optional { reader throws(KeeperCodecError) in try reader.text() }
        request.umask = try optional { reader throws(KeeperCodecError) in try reader.number() }
        guard let session = SpawnRequest.Session(rawValue: try number()) else { throw KeeperCodecError() }
        request.session = session
        request.credentials = try optional { reader throws(KeeperCodecError) in
            SpawnRequest.Credentials(
                userID: try reader.number(),
                groupID: try reader.number(),
                groups: try reader.list { reader throws(KeeperCodecError) in try reader.number() }
            )
        }
        request.limits = try list { reader throws(KeeperCodecError) in
            ResourceLimit(resource: try reader.number(), soft: try reader.number(), hard: try reader.number())
        }
        request.nice = try optional { reader throws(KeeperCodecError) in try reader.number() }
        request.oomScoreAdjustment = try optional { reader throws(KeeperCodecError) in try reader.number() }
        request.killsGroupAtEnd = try flag()
        return request
    }
}
