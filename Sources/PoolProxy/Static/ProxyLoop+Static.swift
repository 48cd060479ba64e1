internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// Requests that no worker is for: files and redirects.
extension ProxyLoop {
    /// Answers a request of a front that has answers of its own.
    ///
    /// - Returns: the bytes taken, as ``beginExchange(_:_:_:)`` does; nil where a worker is for it.
    @inline(never)
    func answerByOurselves(
        _ exchange: Exchange,
        _ entry: FrontEntry,
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        _ parser: HeadParser,
        hasBody: Bool
    ) -> Int? {
        for root in entry.roots {
            guard let rest = root.rest(head, raw) else { continue }
            exchange.isRequestWhole = !hasBody
            exchange.bytesIn = UInt64(head.consumed)
            exchange.wholeAt = milliseconds
            exchange.coding = .plain
            serve(
                exchange,
                root,
                rest.bytes,
                rest.count,
                StaticRequest(head, raw, fields: parser.fields)
            )
            return hasBody ? 0 : head.consumed
        }
        return entry.redirect.map { redirect(exchange, to: $0, head, raw, hasBody: hasBody) }
    }

    private func serve(
        _ exchange: Exchange,
        _ root: StaticRoot,
        _ rest: UnsafePointer<UInt8>,
        _ count: Int,
        _ request: StaticRequest
    ) {
        guard exchange.method == .get || exchange.method == .head else {
            refuse(exchange, ProxyAnswers.filesAreRead)
            return
        }
        guard let path = path(of: rest, count, root.spec) else {
            refuse(exchange, ProxyAnswers.noFile)
            return
        }
        switch files.find(path, in: root, now: milliseconds) {
        case .success(let file): send(file.form(for: request), exchange, request)
        case .failure(let failure):
            switch failure.errno {
            case EISDIR where root.spec.index != nil:
                sendToSlash(exchange, rest - root.prefixCount, count + root.prefixCount)
            case EACCES, EPERM: refuse(exchange, ProxyAnswers.fileForbidden)
            case EMFILE, ENFILE: refuse(exchange, ProxyAnswers.noDescriptors)
            default: refuse(exchange, ProxyAnswers.noFile)
            }
        }
    }

    /// A directory that has an index, asked for without its slash: relative links in the index would lead astray.
    ///
    /// - Parameter path: as it was sent, with its query. Of the slashes that it begins with one is left: two would name
    ///   another host (RFC 3986, 4.2).
    private func sendToSlash(_ exchange: Exchange, _ path: UnsafePointer<UInt8>, _ count: Int) {
        let slash = UInt8(ascii: "/")
        let sent = UnsafeBufferPointer(start: path, count: count)
        let bytes = sent.dropFirst((sent.firstIndex { $0 != slash } ?? count) - 1)
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? count
        let head = "HTTP/1.1 301 Moved Permanently\r\nContent-Length: 0\r\nLocation: "
        let closes = !exchange.isRequestWhole || !exchange.isPersistent || isDraining || exchange.client.isAtItsLast
        let text =
            Array(head.utf8) + bytes[..<end] + [slash] + bytes[end...] + Array("\r\nDate: ".utf8)
            + UnsafeBufferPointer(start: date, count: HTTPDate.bytesCount)
            + Array((closes ? "\r\nConnection: close\r\n" : "\r\n").utf8)
        text.withUnsafeBytes { bytes in if let base = bytes.baseAddress { memcpy(out, base, bytes.count) } }
        let size = text.count + responsePlan(for: exchange).writeBlock(to: out + text.count)
        out[size] = 13
        out[size + 1] = 10
        answer(exchange, status: 301, size + 2, closes: closes)
    }

    /// The path below the root; nil where none can be meant.
    private func path(of rest: UnsafePointer<UInt8>, _ count: Int, _ spec: StaticSpec) -> String? {
        guard let (length, isDirectory) = StaticPath.decode(rest, count, to: out) else { return nil }
        let path = String(decoding: UnsafeBufferPointer(start: out, count: length), as: UTF8.self)
        guard isDirectory else { return path }
        guard let index = spec.index else { return nil }
        return path.isEmpty ? index : "\(path)/\(index)"
    }

    /// Sends the head, and the body or what fits of it.
    private func send(_ file: OpenFile, _ exchange: Exchange, _ request: StaticRequest) {
        let client = exchange.client
        let closes = !exchange.isRequestWhole || !exchange.isPersistent || isDraining || client.isAtItsLast
        var (context, parts, fields) = plan(file, request, isGet: exchange.method == .get)
        context.closes = closes
        context.clientIsHTTP10 = exchange.isHTTP10
        var count = StaticHead.write(context, fields: fields, date: UnsafePointer(date), to: out)
        count += responsePlan(for: exchange).writeBlock(to: out + count)
        out[count] = 13
        out[count + 1] = 10
        count += 2
        guard exchange.method == .get, let first = parts.first else {
            answer(exchange, status: context.status, count, closes: closes)
            return
        }
        if parts.count == 1, first.bytes.count <= ProxyBounds.joinedBytesMax {
            let size = first.bytes.count
            if pread(file.descriptor, out + count, size, off_t(first.bytes.lowerBound)) == size {
                exchange.bodyBytesOut = UInt64(size)
                answer(exchange, status: context.status, count + size, closes: closes)
                return
            }
        }
        exchange.status = context.status
        exchange.isHeadSent = true
        exchange.bytesOut = UInt64(count)
        client.phase = .answering
        let delivery = FileDelivery(file, parts: parts, closes: closes)
        exchange.delivery = delivery
        makeRoom(for: delivery, context.length ?? 0, of: client)
        parts = []
        // The file's first bytes go with the head: a segment of its own would wake the client for a head alone.
        if send(client, out, count, hasMore: true) != 0 { clientGone(client) } else { pump(client) }
    }

    /// Which status, and which stretches of the file.
    private func plan(
        _ file: OpenFile,
        _ request: StaticRequest,
        isGet: Bool
    ) -> (StaticHead.Context, [FileDelivery.Part], fields: [UInt8]) {
        var context = StaticHead.Context()
        context.size = file.size
        if request.isFresh(tag: file.tag, lastModified: file.lastModified, modifiedAt: file.modifiedAt) {
            context.status = 304
            return (context, [], file.unmodifiedFields)
        }
        let wanted = isGet ? request.parts(of: file.size, tag: file.tag, lastModified: file.lastModified) : .whole
        switch wanted {
        case .whole:
            context.length = file.size
            return (context, file.size == 0 ? [] : [FileDelivery.Part(bytes: 0..<file.size)], file.fields)
        case .some(let ranges) where ranges.count == 1:
            context.status = 206
            context.part = ranges[0]
            context.length = UInt64(ranges[0].count)
            return (context, [FileDelivery.Part(bytes: ranges[0])], file.fields)
        case .some(let ranges):
            let boundary = Array("pool-\(String(KeyHash.mix(requestSeed &+ requestNumber), radix: 16))".utf8)
            var parts = ranges.map { range in
                FileDelivery.Part(
                    before: StaticHead.separator(boundary, type: file.type, part: range, size: file.size),
                    bytes: range
                )
            }
            parts.append(FileDelivery.Part(before: StaticHead.end(boundary), bytes: 0..<0))
            context.status = 206
            context.boundary = boundary
            context.length = parts.reduce(0) { $0 + UInt64($1.before.count) + UInt64($1.bytes.count) }
            return (context, parts, file.unmodifiedFields)
        case .unsatisfiable:
            context.status = 416
            context.length = 0
            return (context, [], file.unmodifiedFields)
        }
    }

    /// Sends on from a file for as long as the client takes it.
    func pump(_ client: ClientConnection) {
        guard let exchange = client.exchange, let delivery = exchange.delivery else { return }
        var budget = ProxyBounds.fileBytesPerTurn
        while let part = delivery.next {
            guard client.output == nil else { return }
            if client.isStream && holds(client) { return }
            guard budget > 0 else {
                later(client)
                return
            }
            if !part.before.isEmpty {
                let failure = part.before.withUnsafeBytes { bytes in
                    bytes.baseAddress.map { send(client, $0, bytes.count) } ?? 0
                }
                delivery.advance(0)
                count(exchange, part.before.count)
                if failure != 0 { return clientGone(client) }
                continue
            }
            let sent = sendPart(client, delivery.file, part.bytes, most: budget)
            if sent == 0 {
                // The file has become shorter: the client must not take it for whole.
                cut(exchange, cause: .proxy)
                return
            }
            guard sent > 0 else {
                if errno == EAGAIN { awaitRoom(client) } else { clientGone(client) }
                return
            }
            budget -= sent
            delivery.advance(UInt64(sent))
            count(exchange, sent)
        }
        let isWhole = exchange.isRequestWhole
        end(exchange, cause: .none)
        leave(client, closes: delivery.closes, isRequestWhole: isWhole)
    }

    private func count(_ exchange: Exchange, _ bytes: Int) {
        exchange.bytesOut &+= UInt64(bytes)
        exchange.bodyBytesOut &+= UInt64(bytes)
        countBytes(exchange)
    }

    /// From the page cache to the socket; through the scratch memory where it does not go straight there.
    ///
    /// - Returns: the bytes sent; 0 where the file has no more, -1 with errno.
    private func sendPart(_ client: ClientConnection, _ file: OpenFile, _ bytes: Range<UInt64>, most: Int) -> Int {
        guard client.isLayered else {
            var offset = Int64(bytes.lowerBound)
            return pool_send_file(client.descriptor, file.descriptor, &offset, min(bytes.count, most))
        }
        let count = pread(file.descriptor, scratch, min(bytes.count, ProxyBounds.readBytes), off_t(bytes.lowerBound))
        guard count > 0 else { return count }
        let failure = send(client, scratch, count)
        if failure == 0 { return count }
        errno = failure == EAGAIN ? EPIPE : failure
        return -1
    }

    /// The socket is full: its next edge goes on, unless the client's time to read is over first.
    private func awaitRoom(_ client: ClientConnection) {
        armSend(client)
        guard !client.wantsWrite else { return }
        client.wantsWrite = true
        let events = POOL_EPOLLIN | POOL_EPOLLRDHUP | POOL_EPOLLET | POOL_EPOLLOUT
        _ = pool_epoll_control(epoll, EPOLL_CTL_MOD, client.descriptor, events, client.cookie)
    }
}
