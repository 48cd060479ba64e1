import Glibc
import PoolAPI
import PoolModel
import Testing

@testable import PoolClient

@Suite struct ClientTests {
    private static let version =
        #"{"access":"admin","api":1,"pid":7,"runtimeDirectory":"/r","startedAt":"2026-11-22T07:41:05.000Z","stateDirectory":"/s","version":"0.1.0"}"#

    private static func answer(_ body: String, status: String = "200 OK", type: String = "application/json") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func begin(_ daemon: ScriptedDaemon) throws -> any PendingAnswer {
        let pending = try SocketSession(path: daemon.path).begin(APIRequest.version().call)
        let early = try pending.advance()
        #expect(early == nil)
        return pending
    }

    @Test func aRequestIsPlainHTTP() throws {
        let daemon = try ScriptedDaemon()
        var action = ActionRequest(verb: .start)
        action.why = "é"
        let request = try APIRequest.act(on: "a b", action, key: IdempotencyKey("k-1"))
        let pending = try SocketSession(path: daemon.path).begin(request.call)
        _ = try pending.advance()
        let body = String(decoding: try JSONCoding.encode(action), as: UTF8.self)
        let sent = try daemon.accept()
        #expect(
            sent == "POST /v1/pools/a%20b/actions HTTP/1.1\r\nHost: pool\r\nConnection: close\r\n"
                + "Accept: application/json, application/problem+json\r\nIdempotency-Key: k-1\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    @Test(arguments: [1, 3, 1000])
    func anAnswerMayComeInPieces(_ size: Int) throws {
        let daemon = try ScriptedDaemon()
        let pending = try begin(daemon)
        _ = try daemon.accept()
        let bytes = Array(Self.answer(Self.version).utf8)
        var answer: Answer?
        for start in stride(from: 0, to: bytes.count, by: size) {
            #expect(answer == nil)
            try daemon.send(bytes[start..<min(start + size, bytes.count)])
            answer = try pending.advance()
        }
        let reply = try #require(try answer?.reply(to: .version()))
        #expect(reply.pid == 7)
    }

    @Test func aChunkedAnswerIsPutTogether() throws {
        let daemon = try ScriptedDaemon()
        let pending = try begin(daemon)
        _ = try daemon.accept()
        let half = Self.version.utf8.count / 2
        var text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
        for part in [Self.version.prefix(half), Self.version.dropFirst(half)] {
            text += "\(String(part.utf8.count, radix: 16));x=y\r\n\(part)\r\n"
        }
        try daemon.send((text + "0\r\nX-Checksum: x\r\n\r\n").utf8)
        let answer = try #require(try pending.advance())
        #expect(String(decoding: answer.body, as: UTF8.self) == Self.version)
    }

    @Test(arguments: [
        ("", SessionError.Kind.cut, "hung up without an answer"),
        ("HTTP/1.1 200 OK\r\nContent-Le", .cut, "cut off"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .cut, "cut off"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .cut, "cut off"),
        ("SSH-2.0-OpenSSH_9.2\r\n", .incompatible, "the status line is not"),
        ("HTTP/1.1 200 OK\nContent-Length: 0\n\n", .incompatible, "a line ends in LF without CR"),
        ("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", .incompatible, "a field has no colon"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", .incompatible, "the Content-Length is not"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", .incompatible,
            "come together"
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", .incompatible, "a chunk's size is not"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", .incompatible, "bytes behind the end"),
        ("HTTP/1.1 200 OK\r\n\(String(repeating: "A", count: 40_000))", .incompatible, "the head is larger"),
    ])
    func aBadAnswerIsAnError(_ text: String, _ kind: SessionError.Kind, _ message: String) throws {
        let daemon = try ScriptedDaemon()
        let pending = try begin(daemon)
        _ = try daemon.accept()
        try daemon.send(text.utf8)
        daemon.hangUp()
        let error = #expect(throws: SessionError.self) {
            for _ in 0..<10 { if try pending.advance() != nil { break } }
        }
        #expect(error?.kind == kind)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func whatIsNoAnswerOfOursIsNamed() throws {
        for (text, part) in [
            (Self.answer("{}"), "does not understand: "),
            (Self.answer("<html>", status: "500 Oops"), "answered 500: <html>"),
            (Self.answer("", status: "404 Not Found"), "does not know this request"),
        ] {
            let daemon = try ScriptedDaemon()
            let pending = try begin(daemon)
            _ = try daemon.accept()
            try daemon.send(text.utf8)
            let answer = try #require(try pending.advance())
            let error = #expect(throws: SessionError.self) { try answer.reply(to: .version()) }
            #expect(error?.kind == .incompatible && error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test func aProblemArrivesWhole() throws {
        let daemon = try ScriptedDaemon()
        let pending = try begin(daemon)
        _ = try daemon.accept()
        let problem = Problem(.conflict, "worker example_3 was replaced", remedy: "look again")
        let body = String(decoding: try JSONCoding.encode(problem), as: UTF8.self)
        try daemon.send(Self.answer(body, status: "409 Conflict", type: "application/problem+json; charset=utf-8").utf8)
        let answer = try #require(try pending.advance())
        let error = #expect(throws: SessionError.self) { try answer.reply(to: .version()) }
        #expect(error?.kind == .refused(problem))
        #expect(error?.exitCode == .failed)
    }

    /// 8 MiB through a socket that takes some 200 KiB at a time.
    @Test func aHugeAnswerArrivesWhole() throws {
        let daemon = try ScriptedDaemon()
        let pending = try begin(daemon)
        _ = try daemon.accept()
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)
        var rest = (Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body)[...]
        var answer: Answer?
        while answer == nil {
            rest = rest.dropFirst(try daemon.send(rest.prefix(1 << 16)))
            answer = try pending.advance()
        }
        #expect(answer?.body == body)
    }

    @Test func aSilentDaemonIsGivenUp() throws {
        let daemon = try ScriptedDaemon()
        let start = ContinuousClock.now
        let error = #expect(throws: SessionError.self) {
            try SocketSession(path: daemon.path).send(.version(), within: .milliseconds(50))
        }
        #expect(error?.kind == .timedOut && error?.exitCode == .waitTimedOut)
        #expect(ContinuousClock.now - start >= .milliseconds(50))
    }

    @Test func absenceIsToldApart() throws {
        let daemon = try ScriptedDaemon()
        daemon.stop()
        func kind(_ path: String) -> SessionError.Kind? {
            let error = #expect(throws: SessionError.self) { try SocketSession(path: path).send(.version()) }
            return error?.kind
        }
        #expect(kind(daemon.path) == .staleSocket)
        #expect(kind("\(daemon.directory)/other.sock") == .noDaemon)
        #expect(kind("\(daemon.path)/below.sock") == .noDaemon)
        #expect(kind("/\(String(repeating: "x", count: 107))") == .local)
    }

    @Test func noDescriptorIsLeftOpen() throws {
        let daemon = try ScriptedDaemon()
        // The number of the next free descriptor is the same before and after.
        func next() -> Int32 {
            let number = dup(0)
            close(number)
            return number
        }
        let session = SocketSession(path: daemon.path)
        let before = next()
        for _ in 0..<20 {
            let pending = try session.begin(APIRequest.version().call)
            _ = try pending.advance()
            _ = try daemon.accept()
            daemon.hangUp()
            _ = try? pending.advance()
        }
        #expect(next() == before)
    }
}

@Suite struct FollowerTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ record: StreamRecord) -> [UInt8] {
        let bytes = ServerSentEvents.encode(record)
        return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    private static func record(_ sequence: UInt64) -> StreamRecord {
        StreamRecord(.change, sequence: sequence, data: Array("{}".utf8))
    }

    @Test func aStreamIsTakenUpAgain() throws {
        let daemon = try ScriptedDaemon()
        let follower = StreamFollower(.events(EventQuery()), on: SocketSession(path: daemon.path), after: 3)
        #expect(follower.descriptor == nil && follower.deadline == .zero)
        #expect(follower.step(now: .zero).isEmpty)
        #expect(follower.step(now: .zero).isEmpty)
        #expect(try daemon.accept().contains("Last-Event-ID: 3\r\n"))
        try daemon.send(Array(Self.head.utf8) + Self.chunk(Self.record(4)) + Self.chunk(Self.record(5)))
        #expect(describe(follower.step(now: .zero)) == "connected 4,5")
        try daemon.send(Self.chunk(Self.record(6)).dropLast(4))
        _ = follower.step(now: .zero)
        daemon.stop()
        #expect(describe(follower.step(now: .seconds(1))) == "cut")
        #expect(follower.descriptor == nil && follower.deadline == .seconds(1) + .milliseconds(50))
        #expect(follower.step(now: .seconds(1)).isEmpty)
        #expect(describe(follower.step(now: follower.deadline)) == "stale")
        #expect(follower.deadline == .milliseconds(1150))
        try daemon.listen()
        #expect(follower.step(now: follower.deadline).isEmpty)
        _ = follower.step(now: .seconds(2))
        #expect(try daemon.accept().contains("Last-Event-ID: 5\r\n"))
    }

    @Test func delaysGrowToTwoSeconds() throws {
        let session = SocketSession(path: "/nonexistent/control.sock")
        let follower = StreamFollower(.events(EventQuery()), on: session)
        var now = Duration.zero
        var delays: [Int64] = []
        for _ in 0..<8 {
            _ = follower.step(now: now)
            delays.append((follower.deadline - now).millisecondsRoundedUp)
            now = follower.deadline
        }
        #expect(delays == [50, 100, 200, 400, 800, 1600, 2000, 2000])
    }

    @Test func silenceIsDeath() throws {
        let daemon = try ScriptedDaemon()
        let follower = StreamFollower(.events(EventQuery()), on: SocketSession(path: daemon.path))
        _ = follower.step(now: .zero)
        _ = follower.step(now: .zero)
        _ = try daemon.accept()
        try daemon.send(Array(Self.head.utf8) + Self.chunk(.heartbeat(at: Timestamp(microseconds: 0))))
        #expect(describe(follower.step(now: .seconds(10))) == "connected heartbeat")
        #expect(follower.deadline == .seconds(25))
        #expect(follower.step(now: .seconds(24)).isEmpty)
        #expect(describe(follower.step(now: .seconds(25))) == "silent")
    }

    @Test func aRefusedStreamSaysWhy() throws {
        let daemon = try ScriptedDaemon()
        let follower = StreamFollower(.events(EventQuery()), on: SocketSession(path: daemon.path))
        _ = follower.step(now: .zero)
        _ = follower.step(now: .zero)
        _ = try daemon.accept()
        let body = try JSONCoding.encode(Problem(.notFound, "pool x does not exist"))
        let head =
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: \(body.count)\r\n\r\n"
        try daemon.send(Array(head.utf8) + body)
        #expect(describe(follower.step(now: .zero)) == "refused: pool x does not exist")
    }

    private func describe(_ updates: [StreamFollower.Update]) -> String {
        updates.map { update in
            switch update {
            case .connected: "connected"
            case .records(let records):
                records.map { $0.sequence.map { "\($0)" } ?? $0.kind.rawValue }.joined(separator: ",")
            case .lost(let error, _):
                switch error.kind {
                case .cut: "cut"
                case .staleSocket: "stale"
                case .timedOut: "silent"
                case .refused: "refused: \(error.message)"
                default: "\(error)"
                }
            }
        }.joined(separator: " ")
    }
}
