internal import CPoolOS
internal import Glibc

/// One end of a SEQPACKET connection between two of our processes: whole messages, with descriptors beside them.
///
/// A packet is one byte of kind and the payload. A payload over ``inlineBytesMax`` travels as a sealed memory file,
/// which is the packet's first descriptor. Nothing here waits.
package final class MessageSocket: Sendable {
    /// The largest payload inside a packet.
    package static let inlineBytesMax = 32 << 10
    /// The largest payload at all. Beyond: E2BIG for the sender; a received one ends the connection.
    package static let payloadBytesMax = 32 << 20
    /// Descriptors of one message. Beyond: E2BIG for the sender; a received one ends the connection.
    package static let descriptorsMax = Int(POOL_MESSAGE_DESCRIPTORS_MAX) - 1

    private static let inline: UInt8 = 0
    private static let inMemoryFile: UInt8 = 1

    package let descriptor: FileDescriptor

    /// Takes over one end of a SEQPACKET socket.
    package init(adopting descriptor: FileDescriptor) throws(SystemError) {
        self.descriptor = descriptor
        try descriptor.setNonBlocking()
    }

    /// Two connected ends.
    package static func pair() throws(SystemError) -> (MessageSocket, MessageSocket) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        try syscall("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
        let (first, second) = (FileDescriptor(adopting: ends[0]), FileDescriptor(adopting: ends[1]))
        return (try MessageSocket(adopting: first), try MessageSocket(adopting: second))
    }
}

// MARK: Sending

extension MessageSocket {
    /// Sends one message; the descriptors are duplicated for the receiver.
    ///
    /// - Returns: false where the receiver's queue is full: nothing was sent.
    /// - Throws: EPIPE where the peer is gone, E2BIG beyond the limits, ETOOMANYREFS with too many descriptors in flight.
    package func send(_ payload: [UInt8], descriptors: [FileDescriptor] = []) throws(SystemError) -> Bool {
        guard payload.count <= MessageSocket.payloadBytesMax, descriptors.count <= MessageSocket.descriptorsMax else {
            throw SystemError("sendmsg", code: E2BIG)
        }
        let numbers = descriptors.map(\.raw)
        // A closed one would be refused as EBADF by the kernel; say so before anything is made.
        if numbers.contains(where: { $0 < 0 }) { throw SystemError("sendmsg", code: EBADF) }
        if payload.count <= MessageSocket.inlineBytesMax {
            return try sendPacket(kind: MessageSocket.inline, payload, numbers)
        }
        let file = try MessageSocket.sealedFile(payload)
        defer { withExtendedLifetime(file) {} }
        return try sendPacket(kind: MessageSocket.inMemoryFile, [], [file.raw] + numbers)
    }

    private func sendPacket(kind: UInt8, _ payload: [UInt8], _ descriptors: [Int32]) throws(SystemError) -> Bool {
        let sent = try syscallUnlessBlocking("sendmsg") {
            withUnsafeBytes(of: kind) { kind in
                payload.withUnsafeBytes { payload in
                    let parts = [
                        pool_bytes(start: kind.baseAddress, count: kind.count),
                        pool_bytes(start: payload.baseAddress, count: payload.count),
                    ]
                    return pool_send_message(descriptor.raw, parts, 2, descriptors, Int32(descriptors.count))
                }
            }
        }
        return sent != nil
    }

    private static func sealedFile(_ payload: [UInt8]) throws(SystemError) -> FileDescriptor {
        let file = FileDescriptor(adopting: try syscall("memfd_create") { pool_memfd("pool-message") })
        try file.writeAll(payload, name: "memfd")
        try syscall("fcntl") { pool_seal(file.raw, 1) }
        return file
    }
}

// MARK: Receiving

extension MessageSocket {
    package enum Received: Sendable {
        case message([UInt8], [FileDescriptor])
        /// Nothing is there now.
        case nothing
        /// The peer has closed its end, or has died.
        case closed
    }

    /// Receives the next message.
    ///
    /// - Parameter takesIncomplete: Hand over a message some of whose descriptors we had no room for (too many open
    ///   files), without these: its receiver knows how many there should be. Else it ends the connection.
    /// - Throws: EPROTO where the packet is none of ours or beyond the limits: the connection is of no more use.
    package func receive(takesIncomplete: Bool = false) throws(SystemError) -> Received {
        var numbers = [Int32](repeating: -1, count: Int(POOL_MESSAGE_DESCRIPTORS_MAX))
        var numberCount = Int32(numbers.count)
        var truncated: Int32 = 0
        var count: Int?
        var bytes = try fill(capacity: MessageSocket.inlineBytesMax + 1) { buffer throws(SystemError) in
            do throws(SystemError) {
                count = try syscallUnlessBlocking("recvmsg") {
                    pool_receive_message(
                        descriptor.raw,
                        buffer.baseAddress,
                        buffer.count,
                        &numbers,
                        &numberCount,
                        &truncated
                    )
                }
            } catch {
                // What a peer that died without reading leaves behind.
                if error.code != ECONNRESET { throw error }
                count = 0
            }
            return count ?? 0
        }
        guard let count else { return .nothing }
        var descriptors = numbers.prefix(Int(numberCount)).map { FileDescriptor(adopting: $0) }
        if count == 0 { return .closed }
        if truncated & 1 != 0 || truncated != 0 && !takesIncomplete { throw SystemError("recvmsg", code: EPROTO) }
        switch bytes.removeFirst() {
        case MessageSocket.inline:
            return .message(bytes, descriptors)
        case MessageSocket.inMemoryFile where !descriptors.isEmpty:
            return .message(try MessageSocket.contents(of: descriptors.removeFirst()), descriptors)
        default:
            throw SystemError("recvmsg", code: EPROTO)
        }
    }

    private func fill(
        capacity: Int,
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(SystemError) -> Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            do throws(SystemError) { count = try body(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// What a sealed memory file holds. An unsealed one could change or shrink while it is read.
    private static func contents(of file: FileDescriptor) throws(SystemError) -> [UInt8] {
        guard pool_is_sealed(file.raw, 1) == 1 else { throw SystemError("recvmsg", code: EPROTO) }
        return try file.contents(bytesMax: payloadBytesMax, name: "memfd")
    }
}
