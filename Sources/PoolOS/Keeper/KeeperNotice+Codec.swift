internal import PoolModel

extension KeeperNotice {
    private enum Kind: UInt8 {
        case welcome = 1
        case child, descriptor, listed, spawned, spawnFailed, exited, done, asked
    }

    /// The message's bytes.
    package var encoded: [UInt8] {
        var writer = KeeperWriter()
        switch self {
        case .welcome(let welcome):
            writer.put(Kind.welcome.rawValue)
            writer.put(welcome.version)
            writer.put(welcome.keeper)
            writer.put(welcome.managerCount)
            writer.put(welcome.isStopping)
            writer.put(welcome.orphanCount)
        case .child(let child):
            writer.put(Kind.child.rawValue)
            writer.put(child)
        case .descriptor(let name):
            writer.put(Kind.descriptor.rawValue)
            writer.put(name)
        case .listed(let id):
            writer.put(Kind.listed.rawValue)
            writer.put(id)
        case .spawned(let id, let process):
            writer.put(Kind.spawned.rawValue)
            writer.put(id)
            writer.put(process)
        case .spawnFailed(let id, let failure):
            writer.put(Kind.spawnFailed.rawValue)
            writer.put(id)
            writer.put(failure.stage.rawValue)
            writer.put(failure.code)
            writer.put(failure.object)
        case .exited(let child):
            writer.put(Kind.exited.rawValue)
            writer.put(child)
        case .done(let id, let code):
            writer.put(Kind.done.rawValue)
            writer.put(id)
            writer.put(code)
        case .asked(let demand):
            writer.put(Kind.asked.rawValue)
            writer.put(demand.rawValue)
        }
        return writer.bytes
    }

    /// Reads a message.
    package init(decoding bytes: [UInt8]) throws(KeeperCodecError) {
        var reader = KeeperReader(bytes)
        guard let kind = Kind(rawValue: try reader.number()) else { throw KeeperCodecError() }
        switch kind {
        case .welcome:
            self = .welcome(
                KeeperWelcome(
                    version: try reader.number(),
                    keeper: try reader.process(),
                    managerCount: try reader.number(),
                    isStopping: try reader.flag(),
                    orphanCount: try reader.number()
                )
            )
        case .child: self = .child(try reader.child())
        case .descriptor: self = .descriptor(name: try reader.text())
        case .listed: self = .listed(id: try reader.number())
        case .spawned: self = .spawned(id: try reader.number(), try reader.process())
        case .spawnFailed:
            let id: UInt64 = try reader.number()
            guard let stage = SpawnFailure.Stage(rawValue: try reader.number()) else { throw KeeperCodecError() }
            self = .spawnFailed(id: id, SpawnFailure(stage, code: try reader.number(), object: try reader.text()))
        case .exited: self = .exited(try reader.child())
        case .done: self = .done(id: try reader.number(), code: try reader.number())
        case .asked:
            guard let demand = KeeperDemand(rawValue: try reader.number()) else { throw KeeperCodecError() }
            self = .asked(demand)
        }
        try reader.end()
    }
}

extension KeeperWriter {
    mutating func put(_ child: KeeperChild) {
        put(child.process)
        put(child.tag)
        put(child.end) { writer, end in
            switch end.reason {
            case .exited(let code):
                writer.put(UInt8(1))
                writer.put(code)
            case .signaled(let signal, let coreDumped):
                writer.put(UInt8(coreDumped ? 3 : 2))
                writer.put(signal)
            case .outOfMemory, .hookFailed, .spawnFailed, .startTimedOut, .unknown:
                // The keeper reports only what wait tells.
                writer.put(UInt8(0))
                writer.put(Int32(0))
            }
            writer.put(end.at.microseconds)
            writer.put(end.cpuMicroseconds)
            writer.put(end.residentKiBMax)
        }
    }
}

extension KeeperReader {
    mutating func child() throws(KeeperCodecError) -> KeeperChild {
        KeeperChild(
            process: try process(),
            tag: try text(),
            end: try optional { reader throws(KeeperCodecError) in
                KeeperExit(
                    reason: try reader.exitReason(),
                    at: Timestamp(microseconds: try reader.number()),
                    cpuMicroseconds: try reader.number(),
                    residentKiBMax: try reader.number()
                )
            }
        )
    }

    private mutating func exitReason() throws(KeeperCodecError) -> ExitReason {
        let kind: UInt8 = try number()
        let value: Int32 = try number()
        switch kind {
        case 0 where value == 0: return .unknown
        case 1: return .exited(code: value)
        case 2, 3: return .signaled(signal: value, coreDumped: kind == 3)
        default: throw KeeperCodecError()
        }
    }
}
