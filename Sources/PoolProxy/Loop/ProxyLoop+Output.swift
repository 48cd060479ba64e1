internal import CPoolOS
internal import Glibc
internal import PoolModel

extension ProxyLoop {
    /// Sends, or keeps what the peer does not take now.
    ///
    /// - Parameter hasMore: more follows at once, in a call of its own: both travel in one segment where they fit.
    /// - Returns: 0, or the errno of a broken connection (ENOBUFS where too much waits already).
    @inline(__always)
    func send(_ connection: Connection, _ bytes: UnsafeRawPointer, _ count: Int, hasMore: Bool = false) -> Int32 {
        if count == 0 { return 0 }
        if connection.isLayered { return sendLayered(connection, bytes, count) }
        if connection.output == nil {
            let sent = pool_send(connection.descriptor, bytes, count, hasMore)
            if sent == count { return 0 }
            if sent < 0 && errno != EAGAIN { return errno }
            let taken = max(sent, 0)
            return keepOutput(connection, bytes + taken, count &- taken)
        }
        return keepOutput(connection, bytes, count)
    }

    /// Sends a head and what follows it, joined where that is small: one system call for both.
    ///
    /// `head` has room for ``ProxyBounds/joinedBytesMax`` bytes behind its end.
    @inline(__always)
    func send(
        _ connection: Connection,
        head: UnsafeMutablePointer<UInt8>,
        _ headCount: Int,
        _ body: UnsafeRawPointer,
        _ bodyCount: Int
    ) -> Int32 {
        if bodyCount == 0 { return send(connection, head, headCount) }
        if bodyCount <= ProxyBounds.joinedBytesMax {
            memcpy(head + headCount, body, bodyCount)
            return send(connection, head, headCount &+ bodyCount)
        }
        return sendBoth(connection, head, headCount, body, bodyCount)
    }

    @inline(never)
    private func sendBoth(
        _ connection: Connection,
        _ head: UnsafeMutablePointer<UInt8>,
        _ headCount: Int,
        _ body: UnsafeRawPointer,
        _ bodyCount: Int
    ) -> Int32 {
        var taken = 0
        if connection.isLayered { return sendLayered(connection, head, headCount, body, bodyCount) }
        if connection.output == nil {
            let written = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { parts in
                parts.initializeElement(at: 0, to: iovec(iov_base: head, iov_len: headCount))
                parts.initializeElement(
                    at: 1,
                    to: iovec(iov_base: UnsafeMutableRawPointer(mutating: body), iov_len: bodyCount)
                )
                // SIGPIPE is ignored in the whole process.
                return writev(connection.descriptor, parts.baseAddress, 2)
            }
            if written == headCount &+ bodyCount { return 0 }
            if written < 0 && errno != EAGAIN { return errno }
            taken = max(written, 0)
        }
        if taken < headCount {
            let failure = keepOutput(connection, head + taken, headCount - taken)
            return failure != 0 ? failure : keepOutput(connection, body, bodyCount)
        }
        return keepOutput(connection, body + (taken - headCount), bodyCount - (taken - headCount))
    }

    /// Keeps bytes until the peer takes them. Bounded, because nothing is read for a peer that has output waiting.
    @inline(never)
    func keepOutput(_ connection: Connection, _ bytes: UnsafeRawPointer, _ count: Int) -> Int32 {
        guard append(bytes, count, to: &connection.output) else { return ENOBUFS }
        if !connection.wantsWrite {
            connection.wantsWrite = true
            let events = POOL_EPOLLIN | POOL_EPOLLRDHUP | POOL_EPOLLET | POOL_EPOLLOUT
            _ = pool_epoll_control(epoll, EPOLL_CTL_MOD, connection.descriptor, events, connection.cookie)
        }
        if connection.kind == .client {
            armSend(unsafeDowncast(connection, to: ClientConnection.self))
        }
        return 0
    }

    /// Appends to a borrowed buffer, which grows where it must; false where it may not.
    func append(_ bytes: UnsafeRawPointer, _ count: Int, to buffer: inout Buffer?) -> Bool {
        if var present = buffer {
            if present.room < count {
                let held = present.count
                if present.capacity >= held + count {
                    memmove(present.base, present.bytes, held)
                    present.start = 0
                    present.end = held
                } else {
                    guard var larger = buffers.borrow(held + count) else { return false }
                    memcpy(larger.base, present.bytes, held)
                    larger.end = held
                    buffers.giveBack(present)
                    present = larger
                }
            }
            memcpy(present.base + present.end, bytes, count)
            present.end += count
            buffer = present
            return true
        }
        guard var fresh = buffers.borrow(count) else { return false }
        memcpy(fresh.base, bytes, count)
        fresh.end = count
        buffer = fresh
        return true
    }

    /// Writes what waits.
    ///
    /// - Returns: 0 where it is all gone or the peer is full; the errno of a broken connection.
    func flush(_ connection: Connection) -> Int32 {
        guard var buffer = connection.output else { return 0 }
        let sent = Glibc.send(connection.descriptor, buffer.bytes, buffer.count, Int32(MSG_NOSIGNAL))
        if sent < 0 { return errno == EAGAIN ? 0 : errno }
        buffer.start += sent
        if buffer.start == buffer.end {
            buffers.giveBack(buffer)
            connection.output = nil
        } else {
            connection.output = buffer
        }
        return 0
    }

    /// Gives a buffer back, if there is one.
    @inline(__always)
    func release(_ buffer: inout Buffer?) {
        if let held = buffer {
            buffers.giveBack(held)
            buffer = nil
        }
    }

    /// Closes the socket and lets the connection go; what hangs on it is the caller's business.
    func closeSocket(_ connection: Connection) {
        Glibc.close(connection.descriptor)
        connection.descriptor = -1
        release(&connection.output)
        release(&connection.input)
        deadlines.clear(connection.index)
        endpoints.remove(connection)
    }
}
