package import PoolModel

/// A call together with the type of its reply.
package struct APIRequest<Reply: Sendable>: Sendable {
    package var call: APICall
    private let read: @Sendable ([UInt8]) -> Result<Reply, PoolError>

    init(_ call: APICall, read: @escaping @Sendable ([UInt8]) -> Result<Reply, PoolError>) {
        self.call = call
        self.read = read
    }

    /// Reads the reply from the body of a good answer. Throws `invalid-argument` with the place that is not as expected.
    package func reply(from body: [UInt8]) throws(PoolError) -> Reply { try read(body).get() }
}

extension APIRequest where Reply: Decodable {
    init(json call: APICall) {
        self.init(call) { bytes in
            Result { () throws(PoolError) in try JSONCoding.decode(Reply.self, from: bytes) }
        }
    }
}
