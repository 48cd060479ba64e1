internal import NIOCore
internal import NIOHTTP1

/// An answer: whole, or one that is written as it comes.
struct ServerResponse: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: Body

    enum Body: Sendable {
        case whole(ByteBuffer)
        /// Writes until it returns; an error, or the client's going, ends the connection with the answer unfinished.
        case stream(@Sendable (ServerBodyWriter) async throws -> Void)
    }
}

/// Where a streamed answer is written to; a write waits for a reader who is slow.
struct ServerBodyWriter: Sendable {
    let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

    /// - Throws: When the reader has gone.
    func write(_ bytes: ByteBuffer) async throws {
        try await outbound.write(.body(.byteBuffer(bytes)))
    }
}
