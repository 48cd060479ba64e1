@testable import PoolHTTP
import Testing

@Suite struct RequestHeadTests {
    @Test func simpleRequest() {
        let request = ParsedRequest("GET /a?b=c HTTP/1.1\r\nHost: example.org:8080\r\nX-One:  two \t\r\n\r\nrest")
        let head = request.head
        #expect(head.fault == .none)
        #expect(head.consumed == request.count - 4)
        #expect(head.method == .get)
        #expect(request.text(head.path) == "/a?b=c")
        #expect(request.text(head.line) == "GET /a?b=c HTTP/1.1")
        #expect(request.text(head.authority) == "example.org:8080")
        #expect(head.isPersistent && !head.isHTTP10 && !head.hasBody)
        #expect(request.fields.map { request.text($0.name) } == ["Host", "X-One"])
        #expect(request.fields.map { request.text($0.value) } == ["example.org:8080", "two"])
    }

    @Test(arguments: HTTPMethod.allCases)
    func everyMethod(_ method: HTTPMethod) {
        guard method != .connect else { return }
        let name = method == .other ? "PROPFIND" : "\(method)".uppercased()
        let request = ParsedRequest("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.head.fault == .none)
        #expect(request.head.method == method)
        #expect(request.text(request.head.methodRange) == name)
        // Methods are case-sensitive.
        #expect(ParsedRequest("\(name.lowercased()) / HTTP/1.1\r\nHost: a\r\n\r\n").head.method == .other)
    }

    @Test(arguments: [
        ("", false, true), ("Connection: close\r\n", false, false), ("Connection: Close\r\n", false, false),
        ("Connection: x, close\r\n", false, false), ("Connection: keep-alive\r\nConnection: close\r\n", false, false),
        ("", true, false), ("Connection: keep-alive\r\n", true, true), ("Connection: Keep-Alive, x\r\n", true, true),
        ("Connection: keep-alive, close\r\n", true, false), ("Connection: closed\r\n", false, true),
    ])
    func persistence(_ field: String, _ isHTTP10: Bool, _ isPersistent: Bool) {
        let request = ParsedRequest("GET / HTTP/1.\(isHTTP10 ? 0 : 1)\r\nHost: a\r\n\(field)\r\n")
        #expect(request.head.fault == .none)
        #expect(request.head.isPersistent == isPersistent)
    }

    @Test func framing() {
        func head(_ fields: String) -> RequestHead {
            ParsedRequest("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").head
        }
        #expect(head("").contentLength == -1)
        #expect(head("Content-Length: 0\r\n").contentLength == 0)
        #expect(head("Content-Length: 0\r\n").hasBody == false)
        #expect(head("content-LENGTH:\t123456789012345678 \r\n").contentLength == 123_456_789_012_345_678)
        #expect(head("Transfer-Encoding: Chunked\r\n").isChunked)
        #expect(head("Expect: 100-Continue\r\nContent-Length: 3\r\n").expectsContinue)
        #expect(head("Expect: 100-continue\r\n").expectsContinue)
    }

    @Test(arguments: [
        "a", "a.b", "localhost:8080", "a_b", "127.0.0.1", "[::1]", "[2001:db8::1]:80", "[::ffff:1.2.3.4]:1", "a:",
        "xn--bcher-kva.example", "a%20b", "A-1.B~2!$&'()*+;=",
    ])
    func validHosts(_ host: String) {
        let request = ParsedRequest("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        #expect(request.head.fault == .none)
        #expect(request.text(request.head.authority) == host)
    }

    @Test func absoluteTargets() {
        let request = ParsedRequest("GET HTTP://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.head.fault == .none)
        #expect(request.head.form == .absolute)
        #expect(request.text(request.head.authority) == "b:81")
        #expect(request.text(request.head.path) == "/x?y")
        let pathless = ParsedRequest("GET https://b?q HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(pathless.text(pathless.head.authority) == "b")
        #expect(pathless.text(pathless.head.path) == "?q")
        let asterisk = ParsedRequest("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(asterisk.head.fault == .none)
        #expect(asterisk.head.form == .asterisk)
    }

    @Test func emptyLinesFirst() {
        for lines in ["\r\n", "\r\n\r\n"] {
            let request = ParsedRequest(lines + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(request.head.fault == .none)
            #expect(request.head.consumed == request.count)
        }
        #expect(ParsedRequest("\r\n").head.fault == .none)
        #expect(ParsedRequest("\r\n\r\n").head.consumed == 0)
    }

    @Test func webSocket() {
        func isWebSocket(_ head: String) -> Bool { ParsedRequest(head + "\r\n").head.isWebSocket }
        let fields = "Host: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
        #expect(isWebSocket("GET / HTTP/1.1\r\n" + fields))
        #expect(!isWebSocket("GET / HTTP/1.0\r\n" + fields))
        #expect(!isWebSocket("POST / HTTP/1.1\r\n" + fields))
        #expect(!isWebSocket("GET / HTTP/1.1\r\nContent-Length: 3\r\n" + fields))
        #expect(!isWebSocket("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"))
        #expect(!isWebSocket("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"))
        #expect(!isWebSocket("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c, websocket\r\n"))
        #expect(!isWebSocket("GET / HTTP/1.1\r\nUpgrade: h2c\r\n" + fields))
    }

    @Test func limits() {
        let limits = HeadLimits(headBytesMax: 200, requestLineBytesMax: 30, fieldsMax: 3)
        func fault(_ text: String) -> HTTPFault { ParsedRequest(text, limits: limits).head.fault }
        let path = String(repeating: "a", count: 30 - 14)
        #expect(fault("GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n") == .none)
        #expect(fault("GET /\(path)b HTTP/1.1\r\nHost: a\r\n\r\n") == .requestLineTooLong)
        #expect(fault("GET /\(path)\(path)") == .requestLineTooLong)
        #expect(fault("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n") == .none)
        #expect(fault("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n") == .fieldsTooMany)
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        func head(of count: Int) -> String {
            start + String(repeating: "x", count: count - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(fault(head(of: 200)) == .none)
        #expect(fault(head(of: 201)) == .headTooLarge)
        let long = Array(head(of: 300).utf8)
        #expect(ParsedRequest(long.prefix(199), limits: limits).head.fault == .none)
        #expect(ParsedRequest(long.prefix(200), limits: limits).head.fault == .headTooLarge)
    }

    @Test func everySplitGivesTheSameRequest() {
        let text =
            "\r\nPOST http://b/x HTTP/1.1\r\nHost: a\r\nConnection: x-a, keep-alive\r\nX-A: 1\r\n"
            + "Transfer-Encoding: chunked\r\nX-Forwarded-For: 9.9.9.9\r\nTransfer_Encoding: x\r\n\r\n"
        let whole = ParsedRequest(text)
        #expect(whole.head.fault == .none)
        #expect(whole.fields.map(\.kind).contains(.nominated))
        #expect(whole.fields.map(\.kind).contains(.lookalike))
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            let part = ParsedRequest(bytes.prefix(count)).head
            #expect(part.fault == .none)
            #expect(part.consumed == 0)
        }
        let longer = ParsedRequest(bytes + Array("GET / HT".utf8))
        #expect(longer.head == whole.head)
    }

    /// What a lookup in the table says against the grammar of RFC 9110 and RFC 3986, byte by byte.
    @Test func byteClasses() {
        let alphanumeric = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        let token = alphanumeric.union("!#$%&'*+-.^_`|~".utf8)
        let host = alphanumeric.union("-._~!$&'()*+;=%".utf8)
        for byte in UInt8.min...UInt8.max {
            let bits = ByteClass.table[Int(byte)]
            #expect((bits & ByteClass.token != 0) == token.contains(byte))
            #expect((bits & ByteClass.host != 0) == host.contains(byte))
            #expect((bits & ByteClass.target != 0) == (byte > 32 && byte < 127 && byte != UInt8(ascii: "#")))
            #expect((bits & ByteClass.plainToken != 0) == (token.contains(byte) && byte != UInt8(ascii: "_")))
            #expect((bits & ByteClass.hexDigit != 0) == "0123456789abcdefABCDEF".utf8.contains(byte))
        }
    }

    /// Every byte at every place of values that fill words, nearly or just not.
    @Test func controlBytesAreFoundAnywhere() {
        for length in [1, 8, 15, 16, 17, 33] {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0xff, count: length)
                    bytes[place] = byte
                    let found = bytes.withUnsafeBufferPointer { buffer in
                        buffer.baseAddress.map { firstControl($0, from: 0, to: length) }
                    }
                    #expect(found == (byte < 32 && byte != 9 || byte == 127 ? place : length))
                }
            }
        }
    }
}
