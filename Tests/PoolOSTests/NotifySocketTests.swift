internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct NotifySocketTests {
    private func send(_ text: String, to path: String) throws {
        let raw = try syscall("socket") { socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }
        let sender = FileDescriptor(adopting: raw)
        let address = try SocketAddress(.unix(path: path))
        try syscall("connect") { address.withPointer { connect(sender.raw, $0, $1) } }
        try sender.writeAll(Array(text.utf8))
    }

    @Test func saysWhoSpokeAndWhat() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify.sock"
        let socket = try NotifySocket(path: path)
        #expect(socket.receive() == nil)
        try send("READY=1\nSTATUS=a=b\nnonsense\nEMPTY=", to: path)
        let message = try #require(socket.receive())
        #expect(message.sender == getpid())
        #expect(message.fields.map(\.name) == ["READY", "STATUS", "EMPTY"])
        #expect(message.fields.map(\.value) == ["1", "a=b", ""])
        #expect(socket.receive() == nil)
    }

    @Test func whatIsLeftOfADeadDaemonIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify.sock"
        let old = try NotifySocket(path: path)
        let new = try NotifySocket(path: path)
        try send("READY=1", to: path)
        #expect(old.receive() == nil)
        #expect(new.receive() != nil)
    }
}
