import PoolModel
import Testing

@testable import PoolManager

@Suite struct ProbeExchangeTests {
    private func exchange() -> ProbeExchange {
        var health = HealthSpec()
        health.path = "/health"
        health.host = "example.org"
        return ProbeExchange(worker: WorkerID(pool: "example", number: 3), life: 2, health: health)
    }

    private func answer(_ head: String, _ body: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(head)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    @Test func theRequestNamesTheWorker() {
        let text = String(decoding: exchange().request, as: UTF8.self)
        #expect(text.hasPrefix("GET /health HTTP/1.1\r\nHost: example.org\r\nPool-Worker: example_3\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: [
        ("200 OK", "", ProbeResult.Phase.done, "HTTP 200"),
        ("302 Found", "", .done, "HTTP 302"),
        ("404 Not Found", "nothing\u{1b}[31m here", .status, "HTTP 404: \"nothing [31m here\""),
        ("503 X\r\nPool-Error: connect-failed; errno=111", "", .connect, "connection refused"),
        ("504 X\r\nPool-Error: timeout; phase=first-byte", "", .timeout, "nothing came in time (first-byte)"),
        ("503 X\r\nPool-Error: no-worker", "", .proxy, "the proxy does not know the worker"),
        ("502 X\r\nPool-Error: bad-response", "", .header, "bad-response"),
    ])
    func answersBecomeVerdicts(head: String, body: String, phase: ProbeResult.Phase, detail: String) {
        let result = exchange().read(answer(head, body))
        #expect(result?.phase == phase)
        #expect(result?.detail == detail)
    }

    /// Byte by byte it means the same, and only the last byte completes it.
    @Test func anAnswerMayComeInPieces() {
        let probe = exchange()
        let bytes = answer("200 OK", "fine")
        for byte in bytes.dropLast() { #expect(probe.read([byte]) == nil) }
        #expect(probe.read([bytes[bytes.count - 1]])?.isGood == true)
        #expect(probe.canReuse)
    }

    @Test func whatIsNoResponseIsAFaultOfTheHeader() {
        #expect(exchange().read(Array("SSH-2.0-OpenSSH_9.2\r\n\r\n".utf8))?.phase == .header)
        let cut = exchange()
        #expect(cut.read(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)) == nil)
        #expect(cut.end()?.phase == .header)
        #expect(cut.timedOut.phase == .timeout)
    }
}
