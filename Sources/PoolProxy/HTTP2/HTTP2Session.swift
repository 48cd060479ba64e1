internal import CNghttp2
internal import Glibc
internal import PoolHTTP

/// One client's HTTP/2 connection: the library's state of it, and its streams.
///
/// The library calls back while it takes bytes in. What it says is only noted then: exchanges go on when it has returned,
/// because they use the memory that it is reading from.
final class HTTP2Session {
    // State: the loop's.

    /// Holds this session.
    unowned let client: ClientConnection
    unowned let loop: ProxyLoop
    let library: OpaquePointer
    var meter: FrameMeter
    /// What the client does too much of: its connection ends as soon as the library has returned.
    var flood: FrameMeter.Flood?

    /// The head or trailer section that is coming in; there is one at a time on a connection.
    var head = StreamHead()
    let headBytesMax: Int
    var isInHead = false
    /// The stream whose trailers these are.
    var trailing: StreamClient?

    private(set) var streams: [StreamClient] = []
    /// Streams that have something new to read.
    var ready: [StreamClient] = []
    /// Streams whose output has been taken.
    var drained: [StreamClient] = []
    /// The client has been told to open no more streams soon; and by name which was the last.
    var isDraining = false
    var hasSaidLast = false

    /// When the last stream is said without the client's answer to the notice.
    var lastSaidAt: UInt64 = 0

    /// What a stream's body may have waiting here. Each stream has it for itself: no other can use it up.
    static let streamWindow: Int32 = 32 << 10
    /// The same once a worker has taken some of it, for so many streams at once.
    static let wideStreamWindow: Int32 = 256 << 10
    static let wideStreamsMax = 4
    private var wideStreams = 0

    /// Bytes of buffers with answers that the client has not taken. The worker of a stream that it takes nothing of is read
    /// up to the first bound; beyond it, up to the second, only those whose output can leave at once.
    private(set) var pendingBytes = 0
    static let pendingMax = 1 << 20
    static let pendingHardMax = 2 << 20
    /// Streams whose workers are not read because of that.
    private var held: [StreamClient] = []

    /// Bytes of frames made so far.
    var madeBytes = 0
    /// A header section of so many times the limit ends the connection.
    static let headExcess = 4

    /// - Returns: nil where there is no memory.
    init?(_ client: ClientConnection, _ loop: ProxyLoop, streamsMax: Int, headBytesMax: Int) {
        self.client = client
        self.loop = loop
        self.headBytesMax = headBytesMax
        meter = FrameMeter(now: loop.milliseconds, streamsMax: streamsMax)
        var made: OpaquePointer?
        let tools = loop.http2
        // The session outlives the library's object: its `deinit` deletes that.
        var place: UnsafeMutableRawPointer?
        guard nghttp2_session_server_new2(&made, tools.callbacks, nil, tools.options) == 0, let made else { return nil }
        library = made
        place = Unmanaged.passUnretained(self).toOpaque()
        nghttp2_session_set_user_data(made, place)
        let settings = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                value: UInt32(clamping: streamsMax)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                value: UInt32(HTTP2Session.streamWindow)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(clamping: headBytesMax)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL.rawValue),
                value: 1
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue),
                value: 1
            ),
        ]
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        guard nghttp2_submit_settings(made, flags, settings, settings.count) == 0,
            nghttp2_session_set_local_window_size(made, flags, 0, HTTP2Session.connectionWindow(streamsMax)) == 0
        else { return nil }
    }

    deinit { nghttp2_session_del(library) }

    /// The windows of the streams are what bounds memory. This one never shuts before they do: it is twice their sum,
    /// because the library tells of what was taken when that is half of a window.
    private static func connectionWindow(_ streamsMax: Int) -> Int32 {
        let streams = min(streamsMax, 1 << 15) * Int(streamWindow)
        return Int32(clamping: 2 * (streams + wideStreamsMax * Int(wideStreamWindow)))
    }

    /// The worker of a stream takes its body.
    func widen(_ stream: StreamClient) {
        guard wideStreams < HTTP2Session.wideStreamsMax, !stream.isGone else { return }
        stream.isWide = true
        wideStreams += 1
        let flags = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        nghttp2_session_set_local_window_size(library, flags, stream.id, HTTP2Session.wideStreamWindow)
    }

    /// A stream's output got its buffer, or another, or lost it.
    func notePending(_ stream: StreamClient) {
        let capacity = stream.output?.capacity ?? 0
        pendingBytes += capacity - stream.pendingBytes
        stream.pendingBytes = capacity
    }

    /// The client lets the stream's output go: both windows are open, and its socket takes bytes.
    func isOpen(_ stream: StreamClient) -> Bool {
        client.output == nil && nghttp2_session_get_remote_window_size(library) > 0 && hasWindow(stream)
    }

    func hasWindow(_ stream: StreamClient) -> Bool {
        nghttp2_session_get_stream_remote_window_size(library, stream.id) > 0
    }

    private func mustHold(_ stream: StreamClient) -> Bool {
        guard pendingBytes >= HTTP2Session.pendingMax else { return false }
        return pendingBytes >= HTTP2Session.pendingHardMax || !isOpen(stream)
    }

    /// Whether nothing may be read for a stream because of all that the client has not taken.
    func holds(_ stream: StreamClient) -> Bool {
        guard mustHold(stream) else { return false }
        if !stream.isHeld {
            stream.isHeld = true
            held.append(stream)
        }
        return true
    }

    /// Those go on for which there is room again.
    func letGo() {
        guard !held.isEmpty else { return }
        var room = HTTP2Session.pendingMax - pendingBytes
        held.removeAll { stream in
            if stream.isClosed { return true }
            guard room > 0 || !mustHold(stream) else { return false }
            room -= ProxyBounds.readBytes
            stream.isHeld = false
            noteDrained(stream)
            return true
        }
    }

    /// The stream of a number; nil where it has ended here.
    func stream(_ id: Int32) -> StreamClient? {
        guard let pointer = nghttp2_session_get_stream_user_data(library, id) else { return nil }
        return Unmanaged<StreamClient>.fromOpaque(pointer).takeUnretainedValue()
    }

    func add(_ stream: StreamClient) {
        stream.place = streams.count
        streams.append(stream)
        nghttp2_session_set_stream_user_data(library, stream.id, Unmanaged.passUnretained(stream).toOpaque())
    }

    /// Lets a stream go. The library may know it for longer.
    func remove(_ stream: StreamClient) {
        nghttp2_session_set_stream_user_data(library, stream.id, nil)
        if trailing === stream { trailing = nil }
        if stream.isWide { wideStreams -= 1 }
        pendingBytes -= stream.pendingBytes
        stream.pendingBytes = 0
        let last = streams.removeLast()
        guard last !== stream else { return }
        last.place = stream.place
        streams[stream.place] = last
    }

    func noteReady(_ stream: StreamClient) {
        guard !stream.isReady else { return }
        stream.isReady = true
        ready.append(stream)
    }

    func noteDrained(_ stream: StreamClient) {
        guard !stream.isDrained else { return }
        stream.isDrained = true
        drained.append(stream)
    }

    /// Ends a stream with an error. Others go on.
    func reset(_ stream: StreamClient, _ code: nghttp2_error_code) {
        guard !stream.isGone else { return }
        stream.isGone = true
        nghttp2_submit_rst_stream(library, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    }

    /// There is output, or the answer is whole: the library may ask again.
    func resume(_ stream: StreamClient) {
        guard stream.isWaiting, !stream.isGone else { return }
        stream.isWaiting = false
        nghttp2_session_resume_data(library, stream.id)
    }

    /// Tells the client which stream was the last that is answered.
    func sayLast(_ code: nghttp2_error_code, because reason: String = "") {
        hasSaidLast = true
        meter.judgesStreams = false
        let last = nghttp2_session_get_last_proc_stream_id(library)
        var reason = reason
        reason.withUTF8 { text in
            _ = nghttp2_submit_goaway(
                library,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                last,
                code.rawValue,
                text.baseAddress,
                text.count
            )
        }
    }

    /// Begins to end: streams that are on their way already are still served (RFC 9113, 6.8).
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        lastSaidAt = loop.milliseconds &+ ProxyBounds.lastStreamMilliseconds
        nghttp2_submit_shutdown_notice(library)
        // When this comes back all streams opened before the notice arrived have.
        nghttp2_submit_ping(library, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }
}

/// What all HTTP/2 connections of a loop use.
final class HTTP2Tools {
    let callbacks: OpaquePointer?
    let options: OpaquePointer?
    /// Frames on their way out, joined.
    let frames: UnsafeMutablePointer<UInt8>
    static let framesBytes = 64 << 10
    /// Until when no more is told of a kind of flood; milliseconds of the loop's clock.
    var quietUntil: [FrameMeter.Flood: UInt64] = [:]
    /// Reads the heads that the proxy writes.
    let parser = HeadParser(HeadLimits(headBytesMax: ProxyLoop.outBytes, fieldsMax: 1024))

    init() {
        var callbacks: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, HTTP2Session.onBeginHeaders)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, HTTP2Session.onHeader)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, HTTP2Session.onFrame)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, HTTP2Session.onData)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, HTTP2Session.onClose)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, HTTP2Session.onSent)
        self.callbacks = callbacks
        var options: OpaquePointer?
        nghttp2_option_new(&options)
        // Windows open as bytes are taken, and not before.
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        self.options = options
        frames = .allocate(capacity: HTTP2Tools.framesBytes)
    }

    deinit {
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_option_del(options)
        frames.deallocate()
    }
}
