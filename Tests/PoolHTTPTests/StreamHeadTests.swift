import PoolHTTP
import Testing

/// Heads of HTTP/2 as text of HTTP/1.1: one meaning, or none.
@Suite struct StreamHeadTests {
    static let request = [(":method", "GET"), (":scheme", "https"), (":path", "/a"), (":authority", "h")]

    static func text(_ fields: [(String, String)], hasBody: Bool = false, limit: Int = 4096) -> (String, HTTPFault) {
        var head = StreamHead()
        head.begin(limit: limit)
        for (name, value) in fields { add(Array(name.utf8), Array(value.utf8), to: &head) }
        head.conclude(hasBody: hasBody)
        guard head.fault == .none else { return ("", head.fault) }
        let bytes = [UInt8](unsafeUninitializedCapacity: head.textBytesMax) { buffer, count in
            count =
                buffer.baseAddress.map { head.write(key: (0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f), to: $0) } ?? 0
        }
        return (String(decoding: bytes, as: UTF8.self), .none)
    }

    static func add(_ name: [UInt8], _ value: [UInt8], to head: inout StreamHead) {
        (name + [0]).withUnsafeBufferPointer { name in
            (value + [0]).withUnsafeBufferPointer { value in
                guard let first = name.baseAddress, let second = value.baseAddress else { return }
                head.add(first, name.count - 1, second, value.count - 1)
            }
        }
    }

    @Test func theTextIsTheRequest() {
        let fields = StreamHeadTests.request + [("cookie", "a=1"), ("x", "y"), ("te", "trailers"), ("cookie", "b=2")]
        let (text, _) = StreamHeadTests.text(fields)
        #expect(text == "GET /a HTTP/1.1\r\nhost: h\r\nx: y\r\ncookie: a=1; b=2\r\n\r\n")
        #expect(StreamHeadTests.text(StreamHeadTests.request, hasBody: true).0.contains("transfer-encoding: chunked"))
        let counted = StreamHeadTests.request + [("content-length", "3")]
        #expect(!StreamHeadTests.text(counted, hasBody: true).0.contains("chunked"))
        let post = [(":method", "POST")] + StreamHeadTests.request.dropFirst()
        #expect(StreamHeadTests.text(post).0.contains("\r\ncontent-length: 0\r\n"))
    }

    @Test func aWebSocketIsAnUpgrade() {
        let connect = [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/ws"),
            (":authority", "h"), ("sec-websocket-version", "13"), ("sec-websocket-key", "of the client"),
        ]
        let (text, _) = StreamHeadTests.text(connect, hasBody: true)
        #expect(
            text == """
                GET /ws HTTP/1.1\r\nhost: h\r\nsec-websocket-version: 13\r\nconnection: upgrade\r\n\
                upgrade: websocket\r\nsec-websocket-key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n
                """
        )
        let other = connect.map { $0.0 == ":protocol" ? ($0.0, "connect-udp") : $0 }
        #expect(StreamHeadTests.text(other).1 == .connectRefused)
    }

    @Test(arguments: [
        ([("a", "b\r\nc: d")], HTTPFault.controlByte), ([("a\r\nb", "c")], .nameInvalid),
        ([("a b", "c")], .nameInvalid),
        ([("", "c")], .nameEmpty), ([("host", "other")], .hostRepeated), ([("connection", "x")], .connectionField),
        ([("upgrade", "h2c")], .connectionField), ([("transfer-encoding", "chunked")], .connectionField),
        ([("te", "gzip")], .connectionField), ([(":path", "/b HTTP/1.1")], .targetInvalid),
        ([(":path", "http://other/")], .targetFormMismatch), ([(":path", "*")], .targetFormMismatch),
        ([(":path", "")], .targetFormMismatch), ([(":method", "GET /x")], .methodInvalid),
        ([(":scheme", "ftp")], .schemeUnsupported), ([(":unknown", "x")], .nameInvalid),
        ([("x", String(repeating: "a", count: 5000))], .headTooLarge),
    ])
    func whatTextCannotSayIsRefused(fields: [(String, String)], fault: HTTPFault) {
        #expect(StreamHeadTests.text(StreamHeadTests.request + fields).1 == fault)
    }

    /// Whatever the fields are: the text is refused, or read by the parser as one head with those fields.
    @Test func randomFieldsMeanOneRequestOrNone() {
        var random = SystemRandomNumberGenerator()
        let names = [
            ":method", ":path", ":authority", ":scheme", ":protocol", "host", "cookie", "content-length", "a", "te",
        ]
        let pieces = [
            "GET", "/", "CONNECT", "websocket", "*", " ", "\r\n", ":", "\0", "h", "https", "1", "%", "é", "\t", "@",
        ]
        for _ in 0..<3_000 {
            var fields = Bool.random(using: &random) ? StreamHeadTests.request : []
            for _ in 0..<Int.random(in: 0..<6, using: &random) {
                let name = names.randomElement(using: &random) ?? "a"
                let value = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? ""
                }
                fields.append((name, value.joined()))
            }
            let bytes = fields.map { (Array($0.0.utf8), Array($0.1.utf8)) }
            #expect(StreamHeadInvariants.check(bytes, hasBody: .random(using: &random)) == nil, "\(fields)")
        }
    }

    @Test func trailersAreLines() {
        let text = Array("grpc-status: 0\r\nx:  y z \r\nempty:\r\n\r\n".utf8)
        text.withUnsafeBufferPointer { bytes in
            var lines = TrailerLines(bytes)
            var found: [String] = []
            while let (name, value) = lines.next() {
                found.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
            }
            #expect(found == ["grpc-status=0", "x=y z", "empty="])
        }
    }
}
