internal import Glibc
internal import PoolOS

/// How much of a file may wait in the kernel for a client.
///
/// A file goes to a socket at once where that takes it whole; in pieces, each has its own call and its own wait, which is
/// a fifth of what a file of 1 MiB costs. But what waits for a client that does not take it is memory of the kernel's, so
/// only few clients of a loop have that room, and all others what every client has. A client keeps it from one file to
/// the next, which costs no call, and gives it back before a worker's answer, or where too many others have it.
extension ProxyLoop {
    /// Gives a client room for its file, while there are places.
    func makeRoom(for delivery: FileDelivery, _ length: UInt64, of client: ClientConnection) {
        guard length > UInt64(ListeningSocket.unsentBytesMax), !client.isLayered, !client.peer.isLocal else { return }
        guard roomyDeliveries < ProxyBounds.roomyDeliveriesMax else {
            giveRoomBack(client)
            return
        }
        if !client.isRoomy { client.isRoomy = setUnsentBytes(ProxyBounds.roomyBytes, of: client) }
        guard client.isRoomy else { return }
        delivery.isRoomy = true
        roomyDeliveries += 1
    }

    /// A delivery is over, well or not.
    func leaveRoom(_ delivery: FileDelivery) {
        if delivery.isRoomy { roomyDeliveries -= 1 }
    }

    /// What comes next may not fill the kernel's memory.
    @inline(never)
    func giveRoomBack(_ client: ClientConnection) {
        guard client.isRoomy else { return }
        client.isRoomy = false
        _ = setUnsentBytes(ListeningSocket.unsentBytesMax, of: client)
    }

    private func setUnsentBytes(_ bytes: Int32, of client: ClientConnection) -> Bool {
        var bytes = bytes
        let size = socklen_t(MemoryLayout<Int32>.size)
        return setsockopt(client.descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, size) == 0
    }
}
