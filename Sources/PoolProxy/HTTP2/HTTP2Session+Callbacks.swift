internal import CNghttp2
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// What the library says while it takes bytes in or makes frames.
extension HTTP2Session {
    private typealias Frame = UnsafePointer<nghttp2_frame>

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> HTTP2Session? {
        pointer.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A header section begins: a request's, or a trailer section.
    static let onBeginHeaders: nghttp2_on_begin_headers_callback = { _, frame, pointer in
        guard let session = HTTP2Session.of(pointer), let frame else { return 0 }
        session.head.begin(limit: session.headBytesMax)
        session.isInHead = true
        session.trailing =
            frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST ? nil : session.stream(frame.pointee.hd.stream_id)
        return 0
    }

    static let onHeader: nghttp2_on_header_callback = { _, frame, name, nameCount, value, valueCount, _, pointer in
        guard let session = HTTP2Session.of(pointer), let frame, let name, let value else { return 0 }
        if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
            session.head.add(name, nameCount, value, valueCount)
        } else {
            session.addTrailer(name, nameCount, value, valueCount)
        }
        if session.head.listBytes > session.headBytesMax * HTTP2Session.headExcess { session.flood = .fields }
        return 0
    }

    /// A whole frame.
    static let onFrame: nghttp2_on_frame_recv_callback = { _, frame, pointer in
        guard let session = HTTP2Session.of(pointer), let frame else { return 0 }
        let header = frame.pointee.hd
        let isLast = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            session.isInHead = false
            if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
                session.loop.beginStream(session, header.stream_id, isLast: isLast)
            } else if isLast {
                session.trailing = nil
                session.endInput(of: header.stream_id)
            }
        case NGHTTP2_DATA.rawValue:
            if isLast { session.endInput(of: header.stream_id) }
        case NGHTTP2_RST_STREAM.rawValue: session.loop.own.add(.streamResets)
        case NGHTTP2_PING.rawValue:
            let isAnswer = UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0
            if isAnswer && session.isDraining && !session.hasSaidLast { session.sayLast(NGHTTP2_NO_ERROR) }
        default: break
        }
        return 0
    }

    static let onData: nghttp2_on_data_chunk_recv_callback = { _, _, id, bytes, count, pointer in
        guard let session = HTTP2Session.of(pointer), let bytes else { return 0 }
        guard let stream = session.stream(id), !stream.isGone else {
            // Nobody waits for it any more.
            nghttp2_session_consume_connection(session.library, count)
            return 0
        }
        if session.loop.append(bytes, count, to: &stream.inbox) {
            stream.mayRead = true
            session.noteReady(stream)
        } else {
            nghttp2_session_consume_connection(session.library, count)
            session.reset(stream, NGHTTP2_INTERNAL_ERROR)
        }
        return 0
    }

    static let onClose: nghttp2_on_stream_close_callback = { _, id, _, pointer in
        guard let session = HTTP2Session.of(pointer), let stream = session.stream(id) else { return 0 }
        stream.isGone = true
        session.loop.streamClosed(stream)
        return 0
    }

    static let onSent: nghttp2_on_frame_send_callback = { _, frame, pointer in
        guard let session = HTTP2Session.of(pointer), let frame else { return 0 }
        let header = frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            guard UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0,
                let stream = session.stream(header.stream_id), !stream.isInputEnded, stream.exchange == nil
            else { break }
            // The rest of the request is of no use (a tunnel's other direction is). Some clients lose the answer where they are told so at once.
            session.loop.discardRest(of: stream)
        case NGHTTP2_RST_STREAM.rawValue:
            session.meter.noteDropped(header.stream_id)
            // Errors that the client provokes cost as much as streams that it resets itself.
            let code = frame.pointee.rst_stream.error_code
            let isOurs =
                code == NGHTTP2_NO_ERROR.rawValue || code == NGHTTP2_INTERNAL_ERROR.rawValue
                || code == NGHTTP2_CANCEL.rawValue
            if !isOurs, let flood = session.meter.noteReset(now: session.loop.milliseconds) { session.flood = flood }
        default: break
        }
        return 0
    }

    private func addTrailer(
        _ name: UnsafePointer<UInt8>,
        _ nameCount: Int,
        _ value: UnsafePointer<UInt8>,
        _ valueCount: Int
    ) {
        // Counts, and finds what could not be a line of text.
        head.add(name, nameCount, value, valueCount)
        guard let trailing, head.fault == .none else { return }
        trailing.trailers.append(contentsOf: UnsafeBufferPointer(start: name, count: nameCount))
        trailing.trailers.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
        trailing.trailers.append(contentsOf: UnsafeBufferPointer(start: value, count: valueCount))
        trailing.trailers.append(contentsOf: [13, 10])
    }

    private func endInput(of id: Int32) {
        guard let stream = stream(id) else { return }
        stream.isInputEnded = true
        stream.mayRead = true
        noteReady(stream)
    }

    /// What there is to send of a stream's answer.
    static let readOutput: nghttp2_data_source_read_callback = { _, id, bytes, count, flags, _, pointer in
        guard let session = HTTP2Session.of(pointer), let stream = session.stream(id), let bytes, let flags else {
            return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        }
        var taken = 0
        if var output = stream.output {
            taken = min(count, output.count)
            stream.pieceAt = session.madeBytes
            memcpy(bytes, output.bytes, taken)
            output.start += taken
            if output.count == 0 {
                session.loop.release(&stream.output)
                session.notePending(stream)
                session.noteDrained(stream)
            } else {
                stream.output = output
                session.loop.armSend(stream)
            }
        }
        if stream.output == nil && stream.answer == .whole {
            flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if !stream.answerTrailers.isEmpty && session.sendTrailers(stream) {
                flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            }
            return taken
        }
        if taken == 0 {
            stream.isWaiting = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        return taken
    }

    private func sendTrailers(_ stream: StreamClient) -> Bool {
        stream.answerTrailers.withUnsafeBufferPointer { text in
            var fields: [nghttp2_nv] = []
            var lines = TrailerLines(text)
            while let (name, value) = lines.next() {
                fields.append(nghttp2_nv(name, value))
            }
            return !fields.isEmpty && nghttp2_submit_trailer(library, stream.id, fields, fields.count) == 0
        }
    }
}

extension nghttp2_nv {
    /// The library copies both, and takes the name in lower case.
    init(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        self.init(
            name: UnsafeMutablePointer(mutating: name.baseAddress),
            value: UnsafeMutablePointer(mutating: value.baseAddress),
            namelen: name.count,
            valuelen: value.count,
            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
        )
    }
}
