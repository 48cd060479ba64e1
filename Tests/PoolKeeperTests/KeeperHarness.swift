internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS

/// A real keeper in a directory of its own, whose managers hand their links to the test.
final class KeeperHarness {
    let directory: String
    private(set) var keeper: ProcessSpawner.Child
    private let listener: FileDescriptor
    private let errors: FileDescriptor
    private var hasEnded = false

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Where the fixture was built: beside the tests.
    static var fixture: String {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let binary = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return binary.prefix(upTo: binary.lastIndex(of: "/") ?? binary.endIndex) + "/KeeperFixture"
    }

    init(manager: String = "relay") throws {
        let name = "/tmp/pool-keeper-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try syscall("mkdir", on: name) { mkdir(name, 0o700) }
        directory = name
        listener = try ListeningSocket.bind(.unix(path: "\(directory)/relay.sock"))
        errors = try FileDescriptor.open("\(directory)/stderr", O_RDWR | O_CREAT | O_APPEND)
        keeper = try KeeperHarness.start(directory, manager: manager, errors: errors)
    }

    /// Starts one more keeper on the same directory.
    static func start(_ directory: String, manager: String, errors: FileDescriptor) throws -> ProcessSpawner.Child {
        let request = SpawnRequest(
            executable: fixture,
            arguments: ["KeeperFixture", "keeper", directory, manager],
            environment: ["PATH=/usr/bin:/bin"]
        )
        return try ProcessSpawner.spawn(request, descriptors: [SpawnDescriptor(errors, as: 2)])
    }

    func startAnother() throws -> ProcessSpawner.Child {
        try KeeperHarness.start(directory, manager: "relay", errors: errors)
    }

    /// Kills the keeper without a word, and starts the next one in its place.
    func replaceKilledKeeper(manager: String = "relay") throws {
        if !hasEnded {
            kill(keeper.pid, SIGKILL)
            _ = try KeeperHarness.exit(of: keeper)
        }
        hasEnded = false
        keeper = try KeeperHarness.start(directory, manager: manager, errors: errors)
    }

    var identity: ProcessIdentity {
        get throws { try ProcessIdentity.of(pid: keeper.pid) }
    }

    /// What the keeper and its managers said.
    var messages: String { String(decoding: (try? errors.contents(bytesMax: 1 << 20)) ?? [], as: UTF8.self) }

    /// The link and the control connection of the next manager that comes.
    func nextManager(within seconds: Int32 = 20) throws -> TestManager {
        guard wait(for: listener.raw, seconds: seconds) else { throw Failure(description: "no manager; \(messages)") }
        let number = try syscall("accept") { pool_accept(listener.raw, nil, nil) }
        let relay = try MessageSocket(adopting: FileDescriptor(adopting: number))
        guard wait(for: number, seconds: seconds), case .message(let bytes, let descriptors) = try relay.receive(),
            let pid = Int32(String(decoding: bytes, as: UTF8.self)), let link = descriptors.first
        else { throw Failure(description: "no link") }
        return try TestManager(pid: pid, link: MessageSocket(adopting: link), relay: relay)
    }

    /// Waits for the keeper's end; returns its exit code, or minus the signal.
    func keeperExit(within seconds: Int32 = 20) throws -> Int32 {
        hasEnded = true
        return try KeeperHarness.exit(of: keeper, within: seconds)
    }

    static func exit(of child: ProcessSpawner.Child, within seconds: Int32 = 20) throws -> Int32 {
        var ended = pool_ended()
        guard wait(for: child.pidfd.raw, seconds: seconds), pool_reap_pidfd(child.pidfd.raw, &ended) == 1 else {
            throw Failure(description: "pid \(child.pid) does not end")
        }
        return ended.code == CLD_EXITED ? ended.status : -ended.status
    }

    /// Ends everything that is left.
    func close() throws {
        if !hasEnded {
            // The second TERM ends the daemon by force.
            kill(keeper.pid, SIGTERM)
            kill(keeper.pid, SIGINT)
            _ = try keeperExit()
        }
        listener.close()
        for name in ["run/poold.lock", "run/poold.children", "relay.sock", "stderr"] { unlink("\(directory)/\(name)") }
        for name in ["run", "state", ""] { rmdir("\(directory)/\(name)") }
    }
}

/// Waits for a descriptor to become readable.
func wait(for descriptor: Int32, seconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, seconds * 1000) == 1
}
