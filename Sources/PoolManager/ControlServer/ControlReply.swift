internal import NIOCore
internal import NIOHTTP1
internal import PoolAPI

/// Makes the answers of the control socket.
enum ControlReply {
    /// A message as JSON.
    static func json(_ message: some Encodable, status: Int = 200) throws -> ServerResponse {
        response(try JSONCoding.encode(message), status: status, mediaType: .json)
    }

    static func response(_ bytes: [UInt8], status: Int = 200, mediaType: MediaType) -> ServerResponse {
        ServerResponse(
            status: HTTPResponseStatus(statusCode: status),
            headers: headers(mediaType),
            body: .whole(ByteBuffer(bytes: bytes))
        )
    }

    /// What every answer says: its type, our version, and that it is stale at once.
    static func headers(_ mediaType: MediaType) -> HTTPHeaders {
        [
            "Content-Type": mediaType.rawValue, "Cache-Control": "no-store", APIVersion.header: APIVersion.product,
        ]
    }

    /// An error answer.
    static func problem(_ problem: Problem) -> ServerResponse {
        // A problem holds no number that is not finite, so it can be encoded; the code alone says enough otherwise.
        let bytes = (try? JSONCoding.encode(problem)) ?? Array("{\"code\":\"\(problem.code.rawValue)\"}".utf8)
        return response(bytes, status: problem.status, mediaType: .problem)
    }
}
