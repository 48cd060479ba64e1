import PoolHTTP
import Testing

@Suite struct OwnAnswerTests {
    private func text(_ answer: OwnAnswer, acceptsJSON: Bool = false, closes: Bool = false, isHead: Bool = false)
        -> String
    {
        let date = Array("Sun, 06 Nov 1994 08:49:37 GMT".utf8)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: answer.bytesMax) { out in
            guard let base = out.baseAddress else { return "" }
            let count = date.withUnsafeBufferPointer {
                answer.write(acceptsJSON: acceptsJSON, date: $0.baseAddress, closes: closes, isHead: isHead, to: base)
            }
            #expect(count <= answer.bytesMax)
            return String(decoding: out[..<count], as: UTF8.self)
        }
    }

    @Test func saysWhichErrorItIs() {
        let answer = OwnAnswer(
            status: 502,
            reason: "connect-failed; errno=111",
            explanation: "no connection to example_1"
        )
        let body = "502 Bad Gateway\nno connection to example_1 (connect-failed; errno=111)\n"
        #expect(
            text(answer, closes: true)
                == "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Cache-Control: no-store\r\nPool-Error: connect-failed; errno=111\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Connection: close\r\n\r\n" + body
        )
        #expect(text(answer, isHead: true).hasSuffix("GMT\r\n\r\n"))
        #expect(
            text(answer, acceptsJSON: true).hasSuffix(
                "\r\n\r\n{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,"
                    + "\"detail\":\"no connection to example_1\",\"reason\":\"connect-failed; errno=111\"}\n"
            )
        )
    }

    @Test func textCannotAddAField() {
        let answer = OwnAnswer(status: 500, reason: "a\r\nSet-Cookie: x", explanation: "quote \" and \u{1}")
        #expect(text(answer).contains("Pool-Error: a??Set-Cookie: x\r\n"))
        #expect(text(answer, acceptsJSON: true).contains("\"detail\":\"quote \\\" and \\u0001\""))
    }

    /// Our own answers satisfy our own parser.
    @Test(arguments: HTTPFault.allCases)
    func everyFaultHasAValidAnswer(_ fault: HTTPFault) {
        for acceptsJSON in [false, true] {
            let response = ParsedResponse(text(OwnAnswer(fault), acceptsJSON: acceptsJSON))
            #expect(response.head.fault == .none)
            #expect(response.head.status == fault.status)
        }
    }

    @Test(arguments: [
        ("", false), ("Accept: */*\r\n", false), ("Accept: application/json\r\n", true),
        ("Accept: text/html,application/json;q=0.9\r\n", false), ("Accept: application/problem+json; q=1\r\n", true),
        ("Accept: application/xml\r\nAccept: Application/JSON\r\n", true), ("Accept: application/jsonx\r\n", false),
    ])
    func accept(_ field: String, _ prefersJSON: Bool) {
        let request = ParsedRequest("GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n")
        #expect(Accept.prefersJSON(request.head, request.raw, fields: request.parser.fields) == prefersJSON)
    }

    @Test(arguments: [
        (Int64(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_795_347_965, "Sun, 22 Nov 2026 11:46:05 GMT"),
    ])
    func date(_ seconds: Int64, _ text: String) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: HTTPDate.bytesCount) { out in
            guard let base = out.baseAddress else { return }
            HTTPDate.write(seconds: seconds, to: base)
            #expect(String(decoding: out, as: UTF8.self) == text)
        }
    }
}
