// Two roles of a daemon, for the keeper's tests: the real keeper, and a manager that hands its link to the test.
//
//     KeeperFixture keeper DIR MANAGER [REPORT-DESCRIPTOR]    a keeper over DIR, whose manager has that behaviour
//     KeeperFixture keeper DIR MANAGER+NEXT                   the program that it becomes has managers of the next one
//     KeeperFixture manager DIR relay                         gives descriptor 3 to whoever listens at DIR/relay.sock
//     KeeperFixture manager DIR fail:CODE                     ends at once
internal import Glibc
internal import PoolKeeper
internal import PoolModel
internal import PoolOS

func runKeeper(_ arguments: [String]) -> Int32 {
    let directory = arguments[2]
    let directories = Directories(runtime: "\(directory)/run", state: "\(directory)/state")
    let behaviours = arguments[3].split(separator: "+").map(String.init)
    var options = KeeperOptions(
        directories: directories,
        managerArguments: ["KeeperFixture", "manager", directory, behaviours[0]]
    )
    let next = behaviours.reversed().joined(separator: "+")
    options.keeperArguments = ["KeeperFixture", "keeper", directory, next]
    if arguments.count > 5, arguments[4] == "--handover" {
        options.handoverDescriptor = Int32(arguments[5])
    } else {
        options.reportDescriptor = arguments.count > 4 ? Int32(arguments[4]) : nil
    }
    return KeeperProcess.run(options)
}

func runManager(_ directory: String, behaviour: String) throws -> Int32 {
    if behaviour.hasPrefix("fail:") { return Int32(behaviour.dropFirst(5)) ?? 1 }
    let link = FileDescriptor(adopting: KeeperLink.inheritedDescriptor)
    do {
        let relay = try MessageSocket(adopting: StreamSocket.connect(to: .unix(path: "\(directory)/relay.sock")))
        _ = try relay.send(Array("\(getpid())".utf8), descriptors: [link])
        link.close()
        // What the test says by its next message is our exit code; without one we wait until we are killed.
        try relay.descriptor.setNonBlocking(false)
        var entry = pollfd(fd: relay.descriptor.raw, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, -1)
        guard case .message(let bytes, _) = try relay.receive() else { return 99 }
        return Int32(String(decoding: bytes, as: UTF8.self)) ?? 1
    } catch {
        // The test is gone: the keeper must not outlive it.
        _ = try MessageSocket(adopting: link).send(KeeperRequest.hello(version: 1).encoded)
        _ = try MessageSocket(adopting: link).send(KeeperRequest.finish(code: 99).encoded)
        return 99
    }
}

let arguments = CommandLine.arguments
guard arguments.count >= 4 else { exit(2) }
switch arguments[1] {
case "keeper": exit(runKeeper(arguments))
case "manager": exit(try runManager(arguments[2], behaviour: arguments[3]))
default: exit(2)
}
