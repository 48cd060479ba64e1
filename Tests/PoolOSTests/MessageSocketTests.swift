internal import CPoolOS
internal import Glibc
internal import PoolOS
internal import Testing

struct MessageSocketTests {
    private func received(_ socket: MessageSocket) throws -> (bytes: [UInt8], descriptors: [FileDescriptor])? {
        guard case .message(let bytes, let descriptors) = try socket.receive() else { return nil }
        return (bytes, descriptors)
    }

    @Test(arguments: [0, 1, 32 << 10, (32 << 10) + 1, 1 << 20, 32 << 20])
    func aPayloadOfAnySizeArrivesWhole(_ count: Int) throws {
        let (ours, theirs) = try MessageSocket.pair()
        var payload = [UInt8](repeating: 7, count: count)
        for index in stride(from: 0, to: count, by: 1021) { payload[index] = UInt8(index % 256) }
        #expect(try ours.send(payload))
        #expect(try received(theirs)?.bytes == payload)
        guard case .nothing = try theirs.receive() else {
            Issue.record("there was more")
            return
        }
    }

    @Test func messagesAreNotJoined() throws {
        let (ours, theirs) = try MessageSocket.pair()
        for number in UInt8(0)..<10 { #expect(try ours.send([number, number])) }
        for number in UInt8(0)..<10 { #expect(try received(theirs)?.bytes == [number, number]) }
    }

    @Test func descriptorsArriveInOrderAndCloseOnExec() throws {
        let (ours, theirs) = try MessageSocket.pair()
        let files = try (0..<MessageSocket.descriptorsMax).map { index in
            let file = FileDescriptor(adopting: try syscall("memfd") { pool_memfd("test") })
            try file.writeAll([UInt8(index)])
            return file
        }
        // With a payload that needs a descriptor of its own.
        let payload = [UInt8](repeating: 7, count: 100_000)
        #expect(try ours.send(payload, descriptors: files))
        let message = try #require(try received(theirs))
        #expect(message.bytes == payload)
        #expect(try message.descriptors.map { try $0.contents(bytesMax: 10) } == files.indices.map { [UInt8($0)] })
        #expect(message.descriptors.allSatisfy { fcntl($0.raw, F_GETFD) == FD_CLOEXEC })
    }

    @Test func tooMuchIsRefused() throws {
        let (ours, _theirs) = try MessageSocket.pair()
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        let files = Array(repeating: file, count: MessageSocket.descriptorsMax + 1)
        #expect(throws: SystemError("sendmsg", code: E2BIG)) { try ours.send([], descriptors: files) }
        let large = [UInt8](repeating: 0, count: MessageSocket.payloadBytesMax + 1)
        #expect(throws: SystemError("sendmsg", code: E2BIG)) { try ours.send(large) }
        file.close()
        #expect(throws: SystemError("sendmsg", code: EBADF)) { try ours.send([], descriptors: [file]) }
        withExtendedLifetime(_theirs) {}
    }

    @Test func aFullQueueIsToldAndLosesNothing() throws {
        let (ours, theirs) = try MessageSocket.pair()
        var sent = 0
        while try ours.send([UInt8](repeating: UInt8(sent % 256), count: 20_000)) { sent += 1 }
        #expect(sent > 0)
        for number in 0..<sent { #expect(try received(theirs)?.bytes.first == UInt8(number % 256)) }
        guard case .nothing = try theirs.receive() else {
            Issue.record("there was more than was sent")
            return
        }
    }

    @Test func theEndOfAPeerIsSeenAfterItsMessages() throws {
        let (ours, theirs) = try MessageSocket.pair()
        #expect(try theirs.send([1]))
        theirs.descriptor.close()
        #expect(try received(ours)?.bytes == [1])
        guard case .closed = try ours.receive() else {
            Issue.record("not closed")
            return
        }
        #expect(throws: SystemError("sendmsg", code: EPIPE)) { try ours.send([1]) }
    }

    @Test func whatIsNoneOfOursIsRefused() throws {
        /// Sends a packet as it is.
        func raw(_ socket: MessageSocket, _ bytes: [UInt8], _ descriptors: [Int32]) {
            let sent = bytes.withUnsafeBytes { bytes in
                let part = pool_bytes(start: bytes.baseAddress, count: bytes.count)
                return withUnsafePointer(to: part) {
                    pool_send_message(socket.descriptor.raw, $0, 1, descriptors, Int32(descriptors.count))
                }
            }
            #expect(sent == bytes.count)
        }
        let (ours, theirs) = try MessageSocket.pair()
        let refused = SystemError("recvmsg", code: EPROTO)
        raw(ours, [9, 1, 2], [])
        #expect(throws: refused) { try theirs.receive() }
        raw(ours, [1], [])
        #expect(throws: refused) { try theirs.receive() }
        // A memory file that the sender could still change or cut while it is read.
        let unsealed = FileDescriptor(adopting: try syscall("memfd") { pool_memfd("test") })
        raw(ours, [1], [unsealed.raw])
        #expect(throws: refused) { try theirs.receive() }
        raw(ours, [UInt8](repeating: 0, count: MessageSocket.inlineBytesMax + 2), [])
        #expect(throws: refused) { try theirs.receive() }
    }

    @Test func aChannelSendsWhatWaitedAsSoonAsItCan() throws {
        let reactor = try Reactor()
        let (ours, theirs) = try MessageSocket.pair()
        let sender = MessageChannel(ours, on: reactor, backlogMax: 500)
        let receiver = MessageChannel(theirs, on: reactor, backlogMax: 1)
        var got: [Int] = []
        var isClosed = false
        try sender.open(onMessage: { _, _ in }, onClose: { _ in })
        for number in 0..<400 {
            let bytes = [UInt8(number % 256), UInt8(number / 256)] + [UInt8](repeating: 0, count: 8000)
            #expect(sender.send(bytes))
        }
        #expect(sender.backlogCount > 0)
        var refused = 0
        for _ in 0..<600 where !sender.send([UInt8](repeating: 9, count: 8000)) { refused += 1 }
        #expect(refused > 0 && sender.backlogCount == 500)
        try receiver.open(
            onMessage: { bytes, _ in
                got.append(Int(bytes[0]) + Int(bytes[1]) * 256)
                if sender.backlogCount == 0 { sender.close() }
            },
            onClose: { error in
                isClosed = error == nil
                reactor.stop()
            }
        )
        reactor.run()
        #expect(Array(got.prefix(400)) == Array(0..<400))
        #expect(isClosed)
        receiver.close()
    }
}
