internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Synchronization

/// What a loop is told from outside its thread.
enum LoopOrder: Sendable {
    case swap(version: UInt64, pools: [PoolTable])
    /// The descriptor is the loop's own duplicate.
    case listen(name: String, descriptor: FileDescriptor)
    case unlisten(name: String)
    /// A connection that another loop accepted.
    case adopt(descriptor: Int32, listener: String, peer: PeerAddress)
    /// A place at a worker became free on another loop.
    case serveWaiting
    case reopenLogs
    /// Accept nothing more; close idle clients after the grace, in milliseconds.
    case drain(grace: UInt64)
    /// Cut what is left.
    case stop
}

/// Orders to one loop. The only lock near the loops: taken for an order, never for a request.
final class LoopMailbox: Sendable {
    private let orders = Mutex<[LoopOrder]>([])
    let wakeDescriptor: Int32

    init() throws(SystemError) {
        wakeDescriptor = try syscall("eventfd") { pool_eventfd() }
    }

    func post(_ order: LoopOrder) {
        orders.withLock { $0.append(order) }
        wake()
    }

    /// Has the loop look around.
    func wake() {
        var one: UInt64 = 1
        // It fails only where the counter is full, and then the loop is woken already.
        _ = write(wakeDescriptor, &one, 8)
    }

    /// What has come since the last call.
    func take() -> [LoopOrder] {
        var count: UInt64 = 0
        _ = read(wakeDescriptor, &count, 8)
        return orders.withLock { orders in
            let taken = orders
            orders = []
            return taken
        }
    }

    deinit { close(wakeDescriptor) }
}
