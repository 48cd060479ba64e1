internal import Glibc
internal import Testing

@testable internal import PoolOS

@Suite(.timeLimit(.minutes(1)))
struct MessageChannelTests {
    /// A channel whose messages of one byte arrive in `got`; the reactor stops after so many.
    private final class Link {
        let reactor: Reactor
        let ours: MessageChannel
        private let theirs: MessageChannel
        private(set) var got: [UInt8] = []

        /// - Parameter failures: what the first attempts to send fail with.
        init(failures: [Int32] = [], expected: Int) throws {
            reactor = try Reactor()
            let (near, far) = try MessageSocket.pair()
            var failures = failures[...]
            ours = MessageChannel(near, on: reactor, backlogMax: 8) { payload, descriptors throws(SystemError) in
                if let code = failures.popFirst() { throw SystemError("memfd_create", code: code) }
                return try near.send(payload, descriptors: descriptors)
            }
            theirs = MessageChannel(far, on: reactor, backlogMax: 8)
            try ours.open(onMessage: { _, _ in }, onClose: { _ in })
            try theirs.open(
                onMessage: { [unowned self] bytes, _ in
                    got += bytes
                    if got.count == expected { reactor.stop() }
                },
                onClose: { _ in }
            )
        }
    }

    @Test(arguments: [EMFILE, ENFILE, ENOMEM, ENOBUFS, ETOOMANYREFS])
    func whatTheKernelHasNoRoomForIsSentLaterInItsOrder(_ code: Int32) throws {
        // The first message, and the first attempts of the timer too.
        let link = try Link(failures: [code, code, code], expected: 3)
        for number in UInt8(1)...3 { #expect(link.ours.send([number])) }
        #expect(link.ours.backlogCount == 3)
        link.reactor.run()
        #expect(link.got == [1, 2, 3])
        #expect(link.ours.backlogCount == 0)
    }

    @Test func aMessageThatCannotBeSentTakesNoOtherWithIt() throws {
        let link = try Link(failures: [EMFILE], expected: 2)
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        #expect(link.ours.send([1]))
        #expect(link.ours.send([2], descriptors: [file]))
        #expect(link.ours.send([3]))
        file.close()
        link.reactor.run()
        #expect(link.got == [1, 3])
        // With nothing before it, the sender is told at once.
        #expect(!link.ours.send([4], descriptors: [file]))
    }
}
