import Glibc
import PoolCore
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

@Suite(.timeLimit(.minutes(1)))
struct ListenCheckerTests {
    private let id = WorkerID(pool: "p", number: 1)

    /// Checks an address; nil where somebody listens there.
    private func refusal(at address: Address, timeout: Duration = .seconds(20)) throws -> String? {
        let reactor = try Reactor()
        var answers: [String?] = []
        let checker = ListenChecker(reactor: reactor, timeout: timeout) { _, life, refusal in
            #expect(life == 7)
            answers.append(refusal)
            reactor.stop()
        }
        // The reactor is stopped from within its round only.
        reactor.schedule(at: .zero) { checker.check(id, life: 7, at: address) }
        reactor.run()
        #expect(answers.count == 1)
        return answers.first.flatMap { $0 }
    }

    @Test func whoListensIsToldFromWhoDoesNot() throws {
        let socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0))
        let port = try #require(ListeningSocket.port(of: socket))
        #expect(try refusal(at: .tcp(host: "127.0.0.1", port: port)) == nil)
        socket.close()
        #expect(try refusal(at: .tcp(host: "127.0.0.1", port: port))?.contains("refused") == true)
        let directory = try TemporaryDirectory()
        #expect(try refusal(at: .unix(path: "\(directory.path)/none")) != nil)
    }

    /// The kernel alone would wait for two minutes, and the manager with it.
    @Test func aFullQueueIsNotWaitedFor() throws {
        let socket = try ListeningSocket.bind(.tcp(host: "127.0.0.1", port: 0), backlog: 1)
        let port = try #require(ListeningSocket.port(of: socket))
        let address = Address.tcp(host: "127.0.0.1", port: port)
        let clients = try (0..<4).map { _ in try StreamSocket.begin(to: address) }
        #expect(try refusal(at: address, timeout: .milliseconds(100))?.contains("its queue is full") == true)
        withExtendedLifetime((socket, clients)) {}
    }
}

@Suite(.timeLimit(.minutes(1)))
struct NoticeReceiverTests {
    private let id = WorkerID(pool: "p", number: 1)

    private final class Heard {
        var ready: [Life] = []
    }

    /// Says READY=1, has the receiver read it, follows a process, and returns what was heard until then.
    private func heard(following process: ProcessIdentity, wait: Duration = .zero) throws -> [Life] {
        let directory = try TemporaryDirectory()
        let reactor = try Reactor()
        let path = "\(directory.path)/notify.sock"
        let socket = try NotifySocket(path: path)
        let heard = Heard()
        let receiver = try NoticeReceiver(socket, on: reactor) { _, life, _ in heard.ready.append(life) }
        let address = try SocketAddress(.unix(path: path))
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let sender = FileDescriptor(adopting: try syscall("socket") { Glibc.socket(AF_UNIX, type, 0) })
        try syscall("connect") { address.withPointer { connect(sender.raw, $0, $1) } }
        try sender.writeAll(Array("READY=1".utf8))
        // A timer of a later round: the descriptor was looked at before.
        reactor.schedule(at: .zero) {
            reactor.schedule(after: .milliseconds(1)) {
                receiver.follow(id, life: 7, process)
                reactor.stop()
            }
        }
        reactor.run()
        return heard.ready
    }

    @Test func aWordThatCameBeforeTheKeepersAnswerIsHeard() throws {
        #expect(try heard(following: .current()) == [7])
    }

    @Test func aWordOfAnEarlierProcessWithThePidIsNotBelieved() throws {
        var later = try ProcessIdentity.current()
        later.startTicks += 1
        #expect(try heard(following: later) == [])
    }
}

@Suite struct RunDirectoriesTests {
    /// root can give the directory to somebody; another user keeps it.
    @Test func theDirectoryFollowsTheUserOfTheProfile() throws {
        let directory = try TemporaryDirectory()
        let runtime = RunDirectories(Directories(runtime: directory.path, state: directory.path))
        var spec = ManagerFixture.spec("p")
        func owner() -> uid_t {
            var status = stat()
            return stat("\(directory.path)/p", &status) == 0 ? status.st_uid : .max
        }
        try runtime.prepare(spec)
        #expect(owner() == geteuid())
        let other = try #require(geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid())).pointee
        spec.worker.user = String(cString: other.pw_name)
        try runtime.prepare(spec)
        #expect(owner() == other.pw_uid)
        spec.worker.user = nil
        try runtime.prepare(spec)
        #expect(owner() == geteuid())
    }
}

@Suite struct DaemonLogTests {
    @Test func aTextMakesOneLine() throws {
        let directory = try TemporaryDirectory()
        let file = try FileDescriptor.open("\(directory.path)/log", O_WRONLY | O_CREAT)
        let log = DaemonLog(descriptor: file.raw, isJournal: true)
        log.write(.error, "why\n<3>forged\u{1b}[2J", at: Timestamp(microseconds: 0))
        #expect(String(decoding: directory.read("log"), as: UTF8.self) == "<3>why?<3>forged?[2J\n")
    }
}

@Suite(.timeLimit(.minutes(1)))
struct BlockingFileTests {
    @Test func aFIFOInAFilesPlaceHoldsNobodyUp() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/fifo"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: PoolError.self) { try ProfileFile(path: path).text() }
        var environment = WorkerEnvironment(inherited: [:])
        #expect(throws: LaunchFailure.self) { try environment.read(path) }
    }
}
