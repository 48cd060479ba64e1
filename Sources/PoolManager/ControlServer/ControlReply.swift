internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import PoolAPI

/// Makes the answers of the control socket.
enum ControlReply {
    /// A message as JSON.
    static func json(_ message: some Encodable, status: Int = 200) throws -> Response {
        response(try JSONCoding.encode(message), status: status, mediaType: .json)
    }

    static func response(_ bytes: [UInt8], status: Int = 200, mediaType: PoolAPI.MediaType) -> Response {
        Response(
            status: HTTPResponse.Status(code: status),
            headers: headers(mediaType),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// What every answer says: its type, our version, and that it is stale at once.
    static func headers(_ mediaType: PoolAPI.MediaType) -> HTTPFields {
        var fields: HTTPFields = [.contentType: mediaType.rawValue, .cacheControl: "no-store"]
        if let version = HTTPField.Name(APIVersion.header) { fields[version] = APIVersion.product }
        return fields
    }

    /// An error answer.
    static func problem(_ problem: Problem) -> Response {
        // A problem holds no number that is not finite, so it can be encoded; the code alone says enough otherwise.
        let bytes = (try? JSONCoding.encode(problem)) ?? Array("{\"code\":\"\(problem.code.rawValue)\"}".utf8)
        return response(bytes, status: problem.status, mediaType: .problem)
    }
}
