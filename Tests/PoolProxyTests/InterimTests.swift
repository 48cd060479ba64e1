import PoolModel
import PoolProxy
import Testing

/// Interim (1xx) answers: passed on, but not without end.
@Suite struct InterimTests {
    @Test(arguments: [(64, 200), (65, 502)])
    func aFloodOfInterimAnswersIsABadAnswer(interims: Int, status: Int) throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                let hints = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", count: interims)
                try connection.socket.send(hints)
                try connection.answer(request, status: "200 OK", body: "one")
            }
        }
        let proxy = try TestProxy([worker], directory: directory)
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        for _ in 0..<64 { #expect(try client.readAnswer().status == 103) }
        let answer = try client.readAnswer()
        #expect(answer.status == status)
        #expect((answer.error?.contains("fault=interims-too-many") ?? false) == (status == 502))
    }
}
