internal import PoolAPI
internal import PoolHTTP

/// One request and its answer on a connection of its own, moved on by whoever owns the poll loop.
///
/// State: the bytes not yet sent, the reader, the body so far. Only the thread that calls ``advance()`` touches it.
final class Exchange {
    /// Bytes of an answer that is not a stream. Beyond: the exchange fails.
    static let bodyBytesMax = 256 << 20

    private let connection: any ByteConnection
    private var unsent: ArraySlice<UInt8>
    private var reader = ResponseReader()
    private var hasAnswer = false
    private(set) var head: ResponseReader.Head?
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// Bytes of the body that have come and nobody has taken.
    var body: [UInt8] = []
    private(set) var isFinished = false

    var descriptor: Int32 { connection.number }
    var wantsToWrite: Bool { !unsent.isEmpty }

    init(_ call: APICall, to endpoint: Endpoint) throws(SessionError) {
        connection =
            switch endpoint {
            case .socket(let path): try UnixConnection(path: path)
            case .remote(let remote): try TLSConnection(remote)
            }
        unsent = Exchange.encode(call)[...]
    }

    /// Sends and receives what is possible now, without blocking.
    func advance() throws(SessionError) {
        while !unsent.isEmpty {
            let sent = try connection.send(unsent)
            if sent == 0 { break }
            unsent = unsent.dropFirst(sent)
        }
        // Bounded, so that one busy stream cannot keep a loop from its other work.
        for _ in 0..<16 where !isFinished {
            switch try connection.receive(into: &buffer) {
            case .bytes(let count):
                hasAnswer = true
                try take { reader throws(HTTPFault) in try reader.read(buffer[..<count]) }
                guard reader.excess == 0 else { throw .garbled("bytes behind the end of the answer") }
            case .nothingYet:
                return
            case .end:
                guard hasAnswer else {
                    throw SessionError(.cut, "the daemon hung up without an answer", remedy: "try again")
                }
                try take { reader throws(HTTPFault) in try reader.finish() }
                isFinished = true
            }
        }
    }

    private func take(
        _ events: (inout ResponseReader) throws(HTTPFault) -> [ResponseReader.Event]
    ) throws(SessionError) {
        do throws(HTTPFault) {
            for event in try events(&reader) {
                switch event {
                case .head(let head): self.head = head
                case .body(let bytes): body += bytes
                case .end: isFinished = true
                }
            }
        } catch .truncated {
            throw SessionError(.cut, "the daemon's answer was cut off", remedy: "try again")
        } catch {
            throw .garbled("\(error.explanation)")
        }
    }

    /// The whole answer, once it is finished.
    var answer: Answer? {
        guard isFinished, let head else { return nil }
        return Answer(
            status: head.status,
            mediaType: head["content-type"] ?? "",
            body: body,
            version: head[APIVersion.header]
        )
    }

    private static func encode(_ call: APICall) -> [UInt8] {
        var text = "\(call.route.method.rawValue) \(call.target) HTTP/1.1\r\n"
        text += "Host: pool\r\nConnection: close\r\nAccept: \(call.accept.essence), \(MediaType.problem.essence)\r\n"
        for (name, value) in call.headers.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        if call.route.request != nil {
            text += "Content-Type: \(MediaType.json.rawValue)\r\nContent-Length: \(call.body.count)\r\n"
        }
        return Array((text + "\r\n").utf8) + call.body
    }
}
