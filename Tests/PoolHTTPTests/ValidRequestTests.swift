import PoolHTTP
import Testing

/// Strictness has a price: here is what must not pay it. Heads as real clients send them.
@Suite struct ValidRequestTests {
    static let heads: [String] = [
        // curl, wget, nc, ab
        "GET / HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
        "PUT /f HTTP/1.1\r\nHost: h\r\nUser-Agent: curl/8\r\nAccept: */*\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: Wget/1.21\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: Keep-Alive\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: h:80\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n",
        // Python: http.client, requests, httpx, aiohttp
        "POST /p HTTP/1.1\r\nAccept-Encoding: identity\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"
            + "Host: h\r\nUser-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n",
        "POST /p HTTP/1.1\r\nHost: h\r\nUser-Agent: python-requests/2.31\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"
            + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /?a=1&b=%20&c=%C3%A9 HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.9\r\n\r\n",
        // Browsers: characters that they leave as they are in a query, empty values, quotes
        "GET /a|b?{x}^`\"<>\\[]=|&;@!$'()*,: HTTP/1.1\r\nHost: h\r\nsec-ch-ua: \"Not A;Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\nX-Empty:\r\nDNT: 1\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nPragma: no-cache\r\nUpgrade: websocket\r\nOrigin: http://h\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
        "OPTIONS /x HTTP/1.1\r\nHost: h\r\nOrigin: null\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
        // Fields in UTF-8 and Latin-1, tabs, no space behind the colon, long runs of white space
        "GET / HTTP/1.1\r\nHost:h\r\nX-Name: caf\u{e9} \u{c3}\u{a9}\r\nX-Tab:\ta\tb\t\r\nX-Space:      a      \r\n\r\n",
        "DELETE /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nIf-Match: \"a\", W/\"b\"\r\nmy_field: 1\r\n\r\n",
        "PROPFIND /dav/ HTTP/1.1\r\nHost: h\r\nDepth: 1\r\nContent-Length: 0\r\n\r\n",
        "M-SEARCH /x HTTP/1.1\r\nHost: 239.255.255.250:1900\r\n\r\n",
        // Through a forward proxy
        "GET http://h.example:8080/x HTTP/1.1\r\nHost: h.example:8080\r\nProxy-Connection: Keep-Alive\r\n\r\n",
    ]

    @Test(arguments: heads)
    func isAccepted(_ head: String) {
        let bytes = head.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let request = ParsedRequest(bytes)
        #expect(request.head.fault == .none)
        #expect(request.head.consumed == bytes.count)
        #expect(HTTPInvariants.request(bytes) == nil)
    }

    /// The second reader of the differential tests really reads ambiguous messages another way: else those tests
    /// could not fail.
    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /s HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
    ])
    func theCarelessReaderIsCareless(_ text: String) throws {
        var reader = NaiveReader(Array(text.utf8))
        let first = try #require(reader.messages()?.first)
        #expect(!first.body.isEmpty || text.contains("xchunked"))
        // What we pass on of the same bytes has one reading, or nothing is passed on.
        #expect(HTTPInvariants.exchange(Array(text.utf8)) == nil)
    }
}
