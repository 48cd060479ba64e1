import PoolHTTP
import Testing

/// The table of smuggling and malformed-message shapes: the request and the verdict on it.
@Suite struct MalformedRequestTests {
    /// A row: the head as sent, and what is wrong with it.
    struct Row: Sendable, CustomTestStringConvertible {
        let head: String
        let fault: HTTPFault

        init(_ head: String, _ fault: HTTPFault) {
            self.head = head
            self.fault = fault
        }

        var testDescription: String { "\(fault) \(head.debugDescription.prefix(70))" }
    }

    static let lines: [Row] = [
        Row("GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
        Row("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX: b\nContent-Length: 5\r\n\r\n", .bareLineFeed),
        Row("GET / HTTP/1.1\rHost: a\r\n\r\n", .bareCarriageReturn),
        Row("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", .bareCarriageReturn),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n", .bareCarriageReturn),
        Row("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .bareCarriageReturn),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", .controlByte),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{1}b\r\n\r\n", .controlByte),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{1f}b\r\n\r\n", .controlByte),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX: a\u{7f}b\r\n\r\n", .controlByte),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", .controlByte),
        Row("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .controlByte),
        Row("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .emptyLinesFirst),
        Row("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareLineFeed),
        Row("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bareCarriageReturn),
        Row("\u{16}\u{3}\u{1}\u{2}\0\u{1}", .tlsHandshake),
        Row("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2Preface),
    ]

    static let requestLines: [Row] = [
        Row(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .methodInvalid),
        Row("GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", .methodInvalid),
        Row("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .methodInvalid),
        Row("\u{fe}GET / HTTP/1.1\r\nHost: a\r\n\r\n", .methodInvalid),
        Row("GET\r\nHost: a\r\n\r\n", .methodInvalid),
        Row("GET /\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET  HTTP/1.1\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", .targetInvalid),
        Row("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .targetFormMismatch),
        Row("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .targetFormMismatch),
        Row("OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", .targetFormMismatch),
        Row("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", .targetFormMismatch),
        Row("GET http:/a/ HTTP/1.1\r\nHost: a\r\n\r\n", .targetFormMismatch),
        Row("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .schemeUnsupported),
        Row("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", .hostInvalid),
        Row("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .userInfo),
        Row("GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .userInfo),
        Row("GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostInvalid),
        Row("GET http://a/ HTTP/1.1\r\n\r\n", .hostMissing),
        Row("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .connectRefused),
        Row("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", .connectRefused),
        Row("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .versionUnsupported),
        Row("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .versionUnsupported),
        Row("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .versionUnsupported),
        Row("GET / HTTP/3.0\r\nHost: a\r\n\r\n", .versionUnsupported),
        Row("GET / http/1.1\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET / HTTP/11\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET / HTTP/1,1\r\nHost: a\r\n\r\n", .requestLineInvalid),
        Row("GET / ICAP/1.1\r\nHost: a\r\n\r\n", .requestLineInvalid),
    ]

    static let fieldLines: [Row] = [
        Row("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .spaceBeforeColon),
        Row("GET / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n", .spaceBeforeColon),
        Row("GET / HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", .foldedLine),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n", .foldedLine),
        Row("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedLine),
        Row("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .nameEmpty),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .colonMissing),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n", .nameInvalid),
        Row("GET / HTTP/1.1\r\nHost: a\r\nX(: b\r\n\r\n", .nameInvalid),
        Row("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\u{e9}: chunked\r\n\r\n", .nameInvalid),
        Row("GET / HTTP/1.1\r\nHost: a\r\n\"Content-Length\": 1\r\n\r\n", .nameInvalid),
        Row("GET / HTTP/1.1\r\n\r\n", .hostMissing),
        Row("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .hostRepeated),
        Row("GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", .hostRepeated),
        Row("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .hostRepeated),
        Row("GET / HTTP/1.1\r\nHost:\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: [::g]\r\n\r\n", .hostInvalid),
        Row("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", .hostInvalid),
        Row("GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n", .hostInvalid),
        Row("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 200-ok\r\n\r\n", .expectationUnsupported),
        Row("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n", .expectationUnsupported),
    ]

    private static let framingFields: [(String, HTTPFault)] = [
        ("Content-Length: 5\r\nContent-Length: 5", .contentLengthRepeated),
        ("Content-Length: 5\r\nContent-Length: 6", .contentLengthRepeated),
        ("Content-Length: 5\r\ncontent-length: 0", .contentLengthRepeated),
        ("Content-Length: 5, 5", .contentLengthInvalid),
        ("Content-Length: +5", .contentLengthInvalid),
        ("Content-Length: -5", .contentLengthInvalid),
        ("Content-Length: 0x5", .contentLengthInvalid),
        ("Content-Length: 5 5", .contentLengthInvalid),
        ("Content-Length: 5_0", .contentLengthInvalid),
        ("Content-Length: 5.0", .contentLengthInvalid),
        ("Content-Length: 5;", .contentLengthInvalid),
        ("Content-Length: \"5\"", .contentLengthInvalid),
        ("Content-Length:", .contentLengthInvalid),
        ("Content-Length: \u{664}", .contentLengthInvalid),
        ("Content-Length: 9223372036854775808", .contentLengthInvalid),
        ("Content-Length: 18446744073709551617", .contentLengthInvalid),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", .contentLengthAndTransferEncoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", .contentLengthAndTransferEncoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 0", .contentLengthAndTransferEncoding),
        ("Content-Length: 5\r\nTransfer-Encoding: identity", .contentLengthAndTransferEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .transferEncodingInvalid),
        ("Transfer-Encoding: identity", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked, chunked", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked, identity", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked, gzip", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked;q=1", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked,", .transferEncodingInvalid),
        ("Transfer-Encoding: ,chunked", .transferEncodingInvalid),
        ("Transfer-Encoding: \"chunked\"", .transferEncodingInvalid),
        ("Transfer-Encoding: xchunked", .transferEncodingInvalid),
        ("Transfer-Encoding: chunkedx", .transferEncodingInvalid),
        ("Transfer-Encoding: chun ked", .transferEncodingInvalid),
        ("Transfer-Encoding:", .transferEncodingInvalid),
        ("Transfer-Encoding: \u{b}chunked", .controlByte),
        ("Transfer-Encoding: gzip, chunked", .transferEncodingUnsupported),
    ]

    static let framing: [Row] =
        framingFields.map { Row("POST / HTTP/1.1\r\nHost: a\r\n\($0.0)\r\n\r\n", $0.1) } + [
            Row("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
            Row("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", .bodyInTrace),
            Row("TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .bodyInTrace),
        ]

    @Test(arguments: lines + requestLines + fieldLines + framing)
    func isRefused(_ row: Row) {
        // Latin-1, so that a row can hold any byte.
        let bytes = row.head.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let request = ParsedRequest(bytes)
        #expect(request.head.fault == row.fault)
        #expect(request.head.consumed == 0)
        // However it is split, no prefix is accepted, and none is refused for another reason.
        for count in 0..<bytes.count {
            let prefix = ParsedRequest(bytes.prefix(count))
            #expect(prefix.head.consumed == 0)
            #expect(prefix.head.fault == .none || prefix.head.fault == row.fault, "\(count) bytes")
        }
    }

    /// Each is compared with each field, so that a head full of them would cost the loop milliseconds.
    @Test func connectionOptionsAreCounted() {
        func request(_ options: Int) -> ParsedRequest {
            let fields = [options / 2, options - options / 2].map { count in
                "Connection: \(repeatElement("z", count: count).joined(separator: ", "))\r\n"
            }.joined()
            return ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n\(fields)Z: 1\r\n\r\n")
        }
        #expect(request(HeadParser.connectionOptionsMax).head.fault == .none)
        #expect(request(HeadParser.connectionOptionsMax + 1).head.fault == .connectionOptionsTooMany)
    }

    @Test func statusesFollowTheSpecification() {
        #expect(HTTPFault.bareLineFeed.status == 400)
        #expect(HTTPFault.requestLineTooLong.status == 414)
        #expect(HTTPFault.headTooLarge.status == 431)
        #expect(HTTPFault.fieldsTooMany.status == 431)
        #expect(HTTPFault.bodyTooLarge.status == 413)
        #expect(HTTPFault.expectationUnsupported.status == 417)
        #expect(HTTPFault.transferEncodingUnsupported.status == 501)
        #expect(HTTPFault.connectRefused.status == 501)
        #expect(HTTPFault.versionUnsupported.status == 505)
        let labels = HTTPFault.allCases.map { "\($0.label)" }
        #expect(Set(labels).count == labels.count)
        #expect(labels.allSatisfy { !$0.isEmpty })
    }
}
