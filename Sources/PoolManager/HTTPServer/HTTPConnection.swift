internal import NIOCore
internal import NIOHTTP1
internal import PoolModel

/// HTTP/1.1 over one accepted connection: SwiftNIO parses and writes, one request is answered after the other.
///
/// Heads, bodies and the client's silence are bounded; a head that is no HTTP is answered with 400 and the connection
/// closed.
struct HTTPConnection {
    typealias Channel = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    typealias Responder = @Sendable (ServerRequest, any NIOCore.Channel) async -> ServerResponse

    /// Bytes of a request's body.
    static let bodyBytesMax = Limits.controlBodyBytesMax
    /// A client may be silent for this long when it is its turn.
    static let idleLimit = TimeAmount.seconds(120)
    /// A request must be whole so long after its first byte.
    static let requestLimit = TimeAmount.seconds(15)

    /// Prepares an accepted socket's channel; runs on its loop.
    static func setUp(_ channel: any NIOCore.Channel) throws -> Channel {
        var limits = NIOHTTPDecoderLimitConfiguration()
        // A query of the longest values that are taken, percent-encoded, fits.
        limits.maxHeaderFieldSize = 80 << 10
        limits.maxHeaderListSize = 96 << 10
        limits.maxHeaderFieldCount = 100
        let pipeline = channel.pipeline.syncOperations
        let deadline = RequestDeadline(requestLimit)
        try pipeline.addHandler(deadline)
        // The answers are in order without the pipelining handler: one task answers one request after the other.
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withErrorHandling: true,
            withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandlers(IdleStateHandler(readTimeout: idleLimit), IdleHandler(deadline))
        return try Channel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }

    let channel: Channel
    let respond: Responder

    /// Answers until the client has enough, goes, or breaks a rule, or the task is cancelled.
    func serve() async {
        // What failed is the connection: there is nobody left to tell.
        try? await withTaskCancellationHandler {
            try await channel.executeThenClose { inbound, outbound in
                try await answerAll(inbound, outbound)
                outbound.finish()
                try await channel.channel.closeFuture.get()
            }
        } onCancel: {
            channel.channel.close(mode: .input, promise: nil)
        }
    }

    private func answerAll(
        _ parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var request: ServerRequest?
        var body = ByteBuffer()
        for try await part in parts {
            switch part {
            case .head(let head):
                body.clear()
                request = ServerRequest(head: head, body: .tooLarge)
                let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
                if length > Self.bodyBytesMax { break }
                if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                    try await outbound.write(.head(HTTPResponseHead(version: head.version, status: .continue)))
                }
                continue
            case .body(var piece):
                if body.readableBytes + piece.readableBytes > Self.bodyBytesMax { break }
                body.writeBuffer(&piece)
                continue
            case .end: request?.body = .whole(body)
            }
            guard let known = request, try await answer(known, outbound) else { return }
            request = nil
        }
    }

    /// Answers one request; false when the connection ends with it.
    private func answer(
        _ request: ServerRequest,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws -> Bool {
        let response = await respond(request, channel.channel)
        var head = HTTPResponseHead(version: request.head.version, status: response.status, headers: response.headers)
        var goesOn = request.head.isKeepAlive && request.head.version == .http1_1
        if case .tooLarge = request.body { goesOn = false }
        if head.headers[canonicalForm: "connection"].contains("close") { goesOn = false }
        if !goesOn { head.headers.replaceOrAdd(name: "connection", value: "close") }
        switch response.body {
        case .whole(let bytes):
            head.headers.replaceOrAdd(name: "content-length", value: "\(bytes.readableBytes)")
            // All at once: one visit to the connection's loop, one system call.
            let hasBody = request.method != .HEAD && bytes.readableBytes > 0
            let body: [HTTPServerResponsePart] = hasBody ? [.body(.byteBuffer(bytes))] : []
            try await outbound.write(contentsOf: [.head(head)] + body + [.end(nil)])
        case .stream(let write):
            if request.method == .HEAD {
                // The end of a body of unknown length would be written as a last chunk, which an answer to HEAD has not.
                head.headers.replaceOrAdd(name: "connection", value: "close")
                try await outbound.write(.head(head))
                return false
            }
            try await outbound.write(.head(head))
            try await write(ServerBodyWriter(outbound: outbound))
            try await outbound.write(.end(nil))
        }
        return goesOn
    }
}
