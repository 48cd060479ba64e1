internal import Glibc
package import PoolModel

/// What a keeper leaves to the program that takes its place in the same process: its children stay its children, and
/// the descriptors named here stay open.
///
/// It travels in a memory file that the next program inherits. The version comes first and is never moved, so that a
/// program that does not know the rest can say so.
package struct KeeperHandover: Hashable, Sendable {
    /// Of the form below. A program that reads another one is not executed: see ``isOffered(by:)``.
    package static let version: UInt16 = 1
    /// Bytes that are read at most: the children, the ends and the names that the limits allow.
    package static let bytesMax = 64 << 20

    package struct Child: Hashable, Sendable {
        package var child: KeeperChild
        package var killsGroupAtEnd: Bool
        /// Taken over from a keeper that was killed: not our child.
        package var isAdopted: Bool

        package init(child: KeeperChild, killsGroupAtEnd: Bool, isAdopted: Bool) {
            self.child = child
            self.killsGroupAtEnd = killsGroupAtEnd
            self.isAdopted = isAdopted
        }
    }

    package struct Descriptor: Hashable, Sendable {
        package var name: String
        package var number: Int32

        package init(name: String, number: Int32) {
            self.name = name
            self.number = number
        }
    }

    /// The manager of the moment: it is ended, and followed by one of the new program.
    package var manager: ProcessIdentity?
    package var managerCount: UInt64
    package var orphanCount: UInt64
    package var children: [Child]
    package var ended: [KeeperChild]
    package var stored: [Descriptor]
    package var lock: Int32
    package var output: Int32
    package var errors: Int32
    /// The program that we are; executed again where the next one's manager does not start. nil: there is no way back.
    package var previous: Int32?
    /// The limit of open files that the daemon was started with.
    package var openFiles: ResourceLimit

    package init(
        manager: ProcessIdentity?,
        managerCount: UInt64,
        orphanCount: UInt64,
        children: [Child],
        ended: [KeeperChild],
        stored: [Descriptor],
        lock: Int32,
        output: Int32,
        errors: Int32,
        previous: Int32?,
        openFiles: ResourceLimit
    ) {
        self.manager = manager
        self.managerCount = managerCount
        self.orphanCount = orphanCount
        self.children = children
        self.ended = ended
        self.stored = stored
        self.lock = lock
        self.output = output
        self.errors = errors
        self.previous = previous
        self.openFiles = openFiles
    }

    /// Every descriptor that must stay open over the execution.
    package var descriptors: [Int32] { stored.map(\.number) + [lock, output, errors] + (previous.map { [$0] } ?? []) }
}

extension KeeperHandover {
    package var encoded: [UInt8] {
        var writer = KeeperWriter()
        writer.put(KeeperHandover.version)
        writer.put(manager) { $0.put($1) }
        writer.put(managerCount)
        writer.put(orphanCount)
        writer.put(children) { writer, child in
            writer.put(child.child)
            writer.put(child.killsGroupAtEnd)
            writer.put(child.isAdopted)
        }
        writer.put(ended) { $0.put($1) }
        writer.put(stored) { writer, descriptor in
            writer.put(descriptor.name)
            writer.put(descriptor.number)
        }
        writer.put(lock)
        writer.put(output)
        writer.put(errors)
        writer.put(previous) { $0.put($1) }
        writer.put(openFiles.resource)
        writer.put(openFiles.soft)
        writer.put(openFiles.hard)
        return writer.bytes
    }

    package init(decoding bytes: [UInt8]) throws(KeeperCodecError) {
        var reader = KeeperReader(bytes)
        guard try reader.number(UInt16.self) == KeeperHandover.version else { throw KeeperCodecError() }
        manager = try reader.optional { reader throws(KeeperCodecError) in try reader.process() }
        managerCount = try reader.number()
        orphanCount = try reader.number()
        children = try reader.list { reader throws(KeeperCodecError) in
            Child(child: try reader.child(), killsGroupAtEnd: try reader.flag(), isAdopted: try reader.flag())
        }
        ended = try reader.list { reader throws(KeeperCodecError) in try reader.child() }
        stored = try reader.list { reader throws(KeeperCodecError) in
            Descriptor(name: try reader.text(), number: try reader.number())
        }
        lock = try reader.number()
        output = try reader.number()
        errors = try reader.number()
        previous = try reader.optional { reader throws(KeeperCodecError) in try reader.number() }
        openFiles = ResourceLimit(
            resource: try reader.number(),
            soft: try reader.number(),
            hard: try reader.number()
        )
        try reader.end()
    }
}
