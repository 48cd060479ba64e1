import PoolHTTP
import Testing

@Suite struct ResponseHeadTests {
    @Test func simpleResponse() {
        let response = ParsedResponse("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nDate: d\r\n\r\nabc")
        #expect(response.head.fault == .none)
        #expect(response.head.status == 404)
        #expect(response.head.reason.text(in: response.raw) == "Not Found")
        #expect(response.head.contentLength == 3)
        #expect(response.head.isPersistent)
        #expect(response.head.facts.kinds.has(.date))
    }

    @Test(arguments: [
        ("HTTP/1.1 200\r\n\r\n", HTTPFault.none), ("HTTP/1.1 200 \r\n\r\n", .none), ("HTTP/1.0 200 OK\r\n\r\n", .none),
        ("HTTP/1.1 999 X\r\n\r\n", .none), ("HTTP/1.1 200 \u{e9}\t!\r\n\r\n", .none),
        ("HTTP/2.0 200 OK\r\n\r\n", .statusLineInvalid), ("HTTP/1.2 200 OK\r\n\r\n", .statusLineInvalid),
        ("http/1.1 200 OK\r\n\r\n", .statusLineInvalid), ("ICY 200 OK\r\n\r\n", .statusLineInvalid),
        ("HTTP/1.1\r\n\r\n", .statusLineInvalid), ("HTTP/1.1  200 OK\r\n\r\n", .statusInvalid),
        ("HTTP/1.1 20 OK\r\n\r\n", .statusInvalid), ("HTTP/1.1 2000 OK\r\n\r\n", .statusLineInvalid),
        ("HTTP/1.1 099 OK\r\n\r\n", .statusInvalid), ("HTTP/1.1 +20 OK\r\n\r\n", .statusInvalid),
        ("HTTP/1.1 200\tOK\r\n\r\n", .statusLineInvalid), ("\r\nHTTP/1.1 200 OK\r\n\r\n", .statusLineInvalid),
        ("HTTP/1.1 200 OK\n\n", .bareLineFeed), ("HTTP/1.1 200 OK\r\nA: b\n\r\n", .bareLineFeed),
        ("HTTP/1.1 200 O\0K\r\n\r\n", .controlByte), ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", .foldedLine),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .spaceBeforeColon), ("HTTP/1.1 200 OK\r\nA\r\n\r\n", .colonMissing),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", .contentLengthRepeated),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", .contentLengthInvalid),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .contentLengthAndTransferEncoding
        ),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .transferEncodingUnsupported),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", .transferEncodingInvalid),
    ])
    func verdicts(_ text: String, _ fault: HTTPFault) {
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let response = ParsedResponse(bytes)
        #expect(response.head.fault == fault)
        #expect(response.head.consumed == (fault == .none ? bytes.count : 0))
        for count in 0..<bytes.count {
            let prefix = ParsedResponse(bytes.prefix(count)).head
            #expect(prefix.consumed == 0)
            #expect(prefix.fault == .none || prefix.fault == fault)
        }
    }

    @Test(arguments: [
        ("Keep-Alive: timeout=5\r\n", Int?.some(5)), ("Keep-Alive: timeout=15, max=100\r\n", 15),
        ("Keep-Alive: max=9, Timeout=7\r\n", 7), ("Keep-Alive: timeout=x\r\n", nil), ("Keep-Alive: timeout=\r\n", nil),
        ("", nil), ("Keep-Alive: timeout=999999999\r\n", 86_400),
    ])
    func keepAliveTimeout(_ field: String, _ seconds: Int?) {
        let response = ParsedResponse("HTTP/1.1 200 OK\r\n\(field)\r\n")
        #expect(response.head.keepAliveSeconds(in: response.raw) == seconds)
    }

    typealias Delivered = (coding: ResponseDelivery.Coding, mode: BodyFraming.Mode, closes: Bool, keepsWorker: Bool)

    /// RFC 9112, 6.3, row by row.
    @Test(arguments: [
        (
            "200", "Content-Length: 5", HTTPMethod.get, false, ResponseDelivery.Coding.plain, BodyFraming.Mode.counted,
            false, true
        ),
        ("200", "Content-Length: 0", .get, false, .plain, .none, false, true),
        ("200", "Content-Length: 5", .head, false, .plain, .none, false, true),
        ("200", "Transfer-Encoding: chunked", .get, false, .chunked, .chunked, false, true),
        ("200", "Transfer-Encoding: chunked", .get, true, .dechunked, .chunked, true, true),
        ("200", "Transfer-Encoding: chunked", .head, false, .chunked, .none, false, true),
        ("200", "Transfer-Encoding: chunked", .head, true, .plain, .none, false, true),
        ("200", "X: y", .get, false, .untilClose, .untilClose, true, false),
        ("200", "Connection: close", .get, false, .untilClose, .untilClose, true, false),
        ("200", "Connection: close\r\nContent-Length: 5", .get, false, .plain, .counted, false, false),
        ("204", "X: y", .get, false, .plain, .none, false, true),
        ("204", "Content-Length: 0", .get, false, .plain, .none, false, true),
        ("204", "Content-Length: 5", .get, false, .plain, .none, false, false),
        ("204", "Transfer-Encoding: chunked", .get, false, .plain, .none, false, false),
        ("304", "Content-Length: 5", .get, false, .plain, .none, false, true),
        ("100", "X: y", .get, false, .plain, .none, false, true),
    ])
    func delivery(
        _ status: String,
        _ fields: String,
        _ method: HTTPMethod,
        _ clientIsHTTP10: Bool,
        _ coding: ResponseDelivery.Coding,
        _ mode: BodyFraming.Mode,
        _ closes: Bool,
        _ keepsWorker: Bool
    ) {
        let response = ParsedResponse("HTTP/1.1 \(status) X\r\n\(fields)\r\n\r\n")
        let delivery = response.delivery(method: method, clientIsHTTP10: clientIsHTTP10)
        #expect(delivery.coding == coding)
        #expect(delivery.framing.mode == mode)
        #expect(delivery.closesClient == closes)
        #expect(delivery.keepsWorker == keepsWorker)
        #expect(delivery.fault == .none)
    }

    @Test func switchedProtocols() {
        let response = ParsedResponse("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        #expect(response.delivery(sentUpgrade: true).isTunnel)
        #expect(response.delivery(sentUpgrade: false).fault == .upgradeNotAsked)
        #expect(
            response.rewritten(sentUpgrade: true)
                == "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
    }

    @Test func rewriting() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        let counted = ParsedResponse(
            "HTTP/1.0 200\r\nserver: x\r\nConnection: x-gone, close\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Pool-Error: fake\r\nContent-Length: 3\r\n\r\n"
        )
        #expect(
            counted.rewritten(date: date)
                == "HTTP/1.1 200 \r\nserver: x\r\nContent-Length: 3\r\nDate: \(date)\r\n\r\n"
        )
        #expect(
            counted.rewritten(clientIsHTTP10: true)
                == "HTTP/1.1 200 \r\nserver: x\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n"
        )
        #expect(
            counted.rewritten(closesClient: true)
                == "HTTP/1.1 200 \r\nserver: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        )
        let chunked = ParsedResponse(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\nTrailer: X\r\nDate: d\r\n\r\n"
        )
        #expect(
            chunked.rewritten(date: date)
                == "HTTP/1.1 200 OK\r\nTrailer: X\r\nDate: d\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        #expect(
            chunked.rewritten(clientIsHTTP10: true) == "HTTP/1.1 200 OK\r\nDate: d\r\nConnection: close\r\n\r\n"
        )
        let empty = ParsedResponse("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: 1\r\n\r\n")
        #expect(empty.rewritten() == "HTTP/1.1 204 No Content\r\nA: 1\r\n\r\n")
        let interim = ParsedResponse("HTTP/1.1 103 Early Hints\r\nLink: x\r\nConnection: keep-alive\r\n\r\n")
        #expect(interim.head.isInterim)
        #expect(interim.rewritten(date: date) == "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
    }
}
