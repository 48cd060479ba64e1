@testable import PoolHTTP
import PoolModel
import Testing

@Suite struct RequestPlanTests {
    /// Nothing added, to see what is kept.
    let bare = RequestPlan(fields: [])

    func rewrite(_ text: String, _ plan: RequestPlan? = nil, _ change: (inout RequestPlan.Context) -> Void = { _ in })
        -> String
    {
        let request = ParsedRequest(text)
        #expect(request.head.fault == .none)
        #expect(request.head.consumed > 0)
        return request.rewritten(plan ?? bare, change)
    }

    @Test func orderAndCaseAreKept() {
        let text = "GET /x?y HTTP/1.1\r\nhOsT: a\r\nZ-One:1\r\nA-Two:  2 \r\nz-one: 3\r\nCookie: c\r\n\r\n"
        #expect(rewrite(text) == text)
    }

    @Test func hopByHopFieldsEndHere() {
        let text =
            "\r\nPOST / HTTP/1.0\r\nHost: a\r\nConnection: close, X-Gone , Host,Content-Length,cookie\r\nX-Gone: 1\r\n"
            + "Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"
            + "X-Kept: 1\r\nx-gone: 2\r\nProxy: http://evil\r\nContent-Length: 3\r\nCookie: c\r\nPool-Worker: a_1\r\n"
            + "Pool-Error: x\r\nExpect: 100-continue\r\nContent_Length: 9\r\nX_Forwarded_For: 9\r\nmy_field: 1\r\n\r\n"
        #expect(rewrite(text) == "POST / HTTP/1.1\r\nHost: a\r\nX-Kept: 1\r\nContent-Length: 3\r\nmy_field: 1\r\n\r\n")
    }

    @Test func maxForwardsIsCountedDownWhereItHasAMeaning() {
        func forwarded(_ method: String, _ value: String) -> String {
            let text = rewrite("\(method) /a HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(value)\r\nX: 1\r\n\r\n")
            return text.split(separator: "\r\n").first { $0.hasPrefix("Max-Forwards") }.map(String.init) ?? "none"
        }
        #expect(forwarded("OPTIONS", "10") == "Max-Forwards: 9")
        #expect(forwarded("TRACE", "1") == "Max-Forwards: 0")
        #expect(forwarded("GET", "10") == "Max-Forwards: 10")
        #expect(forwarded("OPTIONS", "ten") == "Max-Forwards: ten")
        #expect(forwarded("OPTIONS", "99999999999999999999999") == "Max-Forwards: 999999")
    }

    @Test func framingIsWrittenAnew() {
        #expect(
            rewrite(
                "POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-encoding:\tChunked\r\nExpect: 100-continue\r\nTrailer: X\r\n\r\n"
            )
                == "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        )
    }

    @Test func targets() {
        #expect(
            rewrite("GET http://b:1/x?y HTTP/1.1\r\nA: 1\r\nHost: a\r\n\r\n")
                == "GET /x?y HTTP/1.1\r\nHost: b:1\r\nA: 1\r\n\r\n"
        )
        #expect(rewrite("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(rewrite("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n") == "GET /?q HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(rewrite("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n") == "OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n")
        #expect(rewrite("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test func hosts() {
        #expect(rewrite("GET / HTTP/1.0\r\n\r\n") == "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let fixed = RequestPlan(fields: [], host: "app.example", preservesHost: false)
        #expect(rewrite("GET / HTTP/1.1\r\nHost: a\r\n\r\n", fixed) == "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n")
        #expect(
            rewrite("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", fixed) == "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n"
        )
    }

    @Test func webSocketHandshake() {
        let text =
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: k\r\n\r\n"
        #expect(
            rewrite(text)
                == "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        #expect(
            rewrite(text) { $0.allowsUpgrade = false }
                == "GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\n\r\n"
        )
    }

    @Test func strangersIdentityIsReplaced() {
        let plan = RequestPlan(isSecure: true, port: 8443)
        let text =
            "GET / HTTP/1.1\r\nHost: a:8443\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-proto: ftp\r\nX-Real-IP: 2\r\n"
            + "Forwarded: for=3\r\nX-Forwarded-Host: h\r\nX-Forwarded-Port: 1\r\nX-Request-ID: r\r\nX-Request-Start: t=1\r\n"
            + "X-Forwarded-Prefix: /p\r\nVia: 1.0 old\r\nA: 1\r\n\r\n"
        let expected =
            "GET / HTTP/1.1\r\nHost: a:8443\r\nVia: 1.0 old\r\nA: 1\r\nX-Forwarded-For: 192.0.2.7\r\n"
            + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a:8443\r\nX-Forwarded-Port: 8443\r\nX-Real-IP: 192.0.2.7\r\n"
            + "Forwarded: for=192.0.2.7;host=\"a:8443\";proto=https\r\n"
            + "X-Request-ID: 00000000000000ab00000000000000cd\r\nX-Request-Start: t=1700000000.007\r\nVia: 1.1 pool\r\n\r\n"
        let result = rewrite(text, plan) {
            $0.requestID = (0xab, 0xcd)
            $0.queuedAtMilliseconds = 1_700_000_000_007
        }
        #expect(result == expected)
        // What is switched off is still not the client's to say.
        #expect(rewrite(text) == "GET / HTTP/1.1\r\nHost: a:8443\r\nVia: 1.0 old\r\nA: 1\r\n\r\n")
    }

    @Test func trustedIdentityIsKeptAndAppendedTo() {
        let plan = RequestPlan(port: 80)
        let text =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\nX-Forwarded-Proto: https\r\n"
            + "X-Real-IP: 1.1.1.1\r\nForwarded: for=3\r\nX-Forwarded-Host: h\r\nX-Forwarded-Port: 1\r\nX-Request-ID: r\r\n"
            + "Connection: x-forwarded-for\r\n\r\n"
        let expected =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Real-IP: 1.1.1.1\r\nX-Forwarded-Host: h\r\n"
            + "X-Forwarded-Port: 1\r\nX-Request-ID: r\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7\r\n"
            + "Forwarded: for=3, for=192.0.2.7;host=\"a\";proto=http\r\nVia: 1.1 pool\r\n\r\n"
        #expect(rewrite(text, plan) { $0.isTrusted = true } == expected)
    }

    @Test func peersOfEveryKind() {
        let plan = RequestPlan(fields: [.xFor, .forwarded, .realIP])
        func text(_ peer: String) -> String {
            ParsedRequest("GET / HTTP/1.0\r\n\r\n").rewritten(plan, peer: peer)
        }
        let start = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: "
        #expect(text("::1") == start + "::1\r\nX-Real-IP: ::1\r\nForwarded: for=\"[::1]\";proto=http\r\n\r\n")
        #expect(text("") == start + "unknown\r\nForwarded: for=unknown;proto=http\r\n\r\n")
    }

    @Test func rules() throws {
        let rules = try HeaderRules([
            HeaderRule(name: "X-Set", value: "new"), HeaderRule(name: "Remove-Me", value: nil),
            HeaderRule(name: "Host", value: "h.example"),
        ])
        let plan = RequestPlan(rules: rules, fields: [])
        #expect(
            rewrite(
                "GET / HTTP/1.1\r\nA: 1\r\nx-set: old\r\nHost: a\r\nREMOVE-ME: 1\r\nB: 2\r\nremove-me: 2\r\n\r\n",
                plan
            )
                == "GET / HTTP/1.1\r\nHost: h.example\r\nA: 1\r\nB: 2\r\nX-Set: new\r\n\r\n"
        )
    }

    @Test func rulesReplaceWhatTheProxyAdds() throws {
        let rules = try HeaderRules([
            HeaderRule(name: "Forwarded", value: nil), HeaderRule(name: "X-Real-IP", value: "fixed"),
            HeaderRule(name: "X-User", value: "me"),
        ])
        let plan = RequestPlan(rules: rules, fields: [.xFor, .forwarded, .realIP])
        #expect(
            rewrite("GET / HTTP/1.1\r\nHost: a\r\nX_User: evil\r\nx-user: evil\r\nX_Users: ok\r\n\r\n", plan)
                == "GET / HTTP/1.1\r\nHost: a\r\nX_Users: ok\r\nX-Forwarded-For: 192.0.2.7\r\nX-Real-IP: fixed\r\nX-User: me\r\n\r\n"
        )
    }

    @Test func rulesThatAreRefused() {
        func issue(_ name: String, _ value: String?) -> HeaderRules.Issue? {
            do throws(HeaderRules.Issue) {
                _ = try HeaderRules([HeaderRule(name: name, value: value)])
                return nil
            } catch {
                return error
            }
        }
        #expect(issue("", "x") == .nameInvalid(""))
        #expect(issue("a b", "x") == .nameInvalid("a b"))
        #expect(issue("A", "x\r\nB: y") == .valueInvalid(name: "A"))
        #expect(issue("Content-Length", "5") == .reserved("Content-Length"))
        #expect(issue("Transfer-Encoding", nil) == .reserved("Transfer-Encoding"))
        #expect(issue("Host", nil) == .reserved("Host"))
        #expect(issue("Host", "a b") == .valueInvalid(name: "Host"))
        #expect(issue("X-Forwarded-For", nil) == nil)
    }
}
