internal import Glibc
internal import PoolOS

/// How much of a file may wait in the kernel for a client.
///
/// A file goes to a socket at once where that takes it whole; in pieces, each has its own call and its own wait, which is
/// a fifth of what a file of 1 MiB costs. But what waits for a client that does not take it is memory of the kernel's, so
/// only few clients of a loop have that room, and all others what every client has.
extension ProxyLoop {
    /// Gives a client room for its file, while there are places.
    func makeRoom(for delivery: FileDelivery, _ length: UInt64, of client: ClientConnection) {
        guard length > UInt64(ListeningSocket.unsentBytesMax), !client.isLayered, !client.peer.isLocal,
            roomyDeliveries < ProxyBounds.roomyDeliveriesMax,
            setUnsentBytes(ProxyBounds.roomyBytes, of: client)
        else { return }
        delivery.isRoomy = true
        roomyDeliveries += 1
    }

    /// A delivery is over, well or not.
    func leaveRoom(_ delivery: FileDelivery, of client: ClientConnection) {
        guard delivery.isRoomy else { return }
        roomyDeliveries -= 1
        // The next answer may be a worker's. A socket that is closed already has no room to give back.
        if client.descriptor >= 0 { _ = setUnsentBytes(ListeningSocket.unsentBytesMax, of: client) }
    }

    private func setUnsentBytes(_ bytes: Int32, of client: ClientConnection) -> Bool {
        var bytes = bytes
        let size = socklen_t(MemoryLayout<Int32>.size)
        return setsockopt(client.descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, size) == 0
    }
}
