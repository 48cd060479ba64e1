import Glibc
import NIOCore
import NIOPosix
import PoolAPI
import PoolCore
import PoolModel
import PoolOS
import Synchronization
import Testing

@testable import PoolManager

/// A client that sends bytes and reads what comes, with a time limit of the kernel's.
///
/// It waits on threads of its own: the server's tasks need those that tests run on.
private final class Client: Sendable {
    private let socket: PoolOS.FileDescriptor

    init(_ path: String) throws {
        socket = try StreamSocket.connect(to: .unix(path: path))
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(socket.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ text: String) async throws {
        try await onThread { [socket] in try socket.writeAll(Array(text.utf8)) }
    }

    /// Everything up to the end, or up to a text.
    func read(until marker: String? = nil) async throws -> String {
        try await onThread { [socket] in
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = buffer.withUnsafeMutableBytes { recv(socket.raw, $0.baseAddress, $0.count, 0) }
                guard count > 0 else { break }
                bytes += buffer[..<count]
                if let marker, String(decoding: bytes, as: UTF8.self).contains(marker) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    func ask(_ method: String, _ target: String, headers: [String] = [], body: String = "") async throws -> String {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(method) \(target) HTTP/1.1", "Host: pool", "Connection: close"] + headers + length
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try await read()
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try Thread.start(name: "test-client") { continuation.resume(with: Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// The control server over a real socket, with a fake world behind the manager.
@Suite struct ControlServerTests {
    /// A server on a socket in a temporary directory, for the time of a test.
    private func withServer(
        _ fixture: ManagerFixture,
        readerTimeout: Duration = DaemonConfiguration.readerTimeoutDefault,
        _ body: (_ connect: () throws -> Client) async throws -> Void
    ) async throws {
        await fixture.up()
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/control.sock"
        let listener = try ListeningSocket.bind(.unix(path: path))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = ControlServer(
            router: ControlRouter(manager: fixture.manager),
            settings: .init(rules: AccessRules(owner: geteuid()), readerTimeout: readerTimeout),
            group: group
        )
        let descriptor = listener.release()
        let task = Task { try await server.run(listener: descriptor) }
        do {
            try await body { try Client(path) }
        } catch {
            Issue.record(error)
        }
        await fixture.manager.endStreams()
        task.cancel()
        _ = await task.result
        try await group.shutdownGracefully()
    }

    private let json = "Content-Type: application/json"

    /// Asks for an action on the pool.
    private func act(_ client: Client, _ body: String, _ headers: [String] = []) async throws -> String {
        try await client.ask("POST", "/v1/pools/example/actions", headers: [json] + headers, body: body)
    }

    @Test func everyRouteAnswersAsItSays() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            for route in Route.all where route.method == .get && route.id != .operation {
                let target = route.path.replacing("{pool}", with: "example").replacing("{worker}", with: "example_1")
                let answer = try await connect().ask("GET", target)
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(route.id): \(answer.prefix(300))")
                #expect(answer.contains("pool-version: \(APIVersion.product)\r\n"))
                #expect(answer.contains("\(route.mediaType.rawValue)\r\n"))
            }
        }
    }

    @Test func refusalsAreProblemDocuments() async throws {
        let fixture = try ManagerFixture()
        let cases: [(String, String, [String], String, Int, String)] = [
            ("GET", "/v1/nothing", [], "", 404, "not-found"),
            ("GET", "/v1/pools/other", [], "", 404, "pool other does not exist"),
            ("GET", "/v1/workers/example_9", [], "", 404, "worker example_9 does not exist"),
            ("GET", "/v1/operations/op-9", [], "", 404, "operation op-9"),
            ("GET", "/v1/operations/nine", [], "", 404, "is not an operation"),
            ("DELETE", "/v1/events", [], "", 405, "method-not-allowed"),
            ("GET", "/v1/events?tail=many", [], "", 400, "tail"),
            ("GET", "/v1/events?nonsense=1", [], "", 400, "nonsense"),
            ("GET", "/v1/version", ["Accept: text/html"], "", 406, "not-acceptable"),
            ("POST", "/v1/pools/example/actions", [json], "{", 400, "not JSON"),
            ("POST", "/v1/pools/example/actions", [json], "{}", 400, "verb: missing"),
            ("POST", "/v1/pools/example/actions", [json], #"{"verb":"stop","worker":["1"]}"#, 400, "field worker"),
            ("POST", "/v1/pools/example/actions", [json], #"{"verb":"stop","workers":[]}"#, 400, "field workers"),
            ("POST", "/v1/pools/example/weights", [json], #"{"weight":0,"workers":[]}"#, 400, "field workers"),
            ("POST", "/v1/reload", [json], #"{"dry_run":true}"#, 400, "did you mean dryRun?"),
            ("POST", "/v1/operations/op-1/pause", [json], #"{"why":"x"}"#, 400, "field why"),
            ("POST", "/v1/pools/example/actions", ["Content-Type: text/plain"], "{}", 415, "unsupported-media-type"),
            (
                "POST", "/v1/pools/example/actions", [json, "Idempotency-Key: "], "{\"verb\":\"stop\"}", 400,
                "Idempotency"
            ),
            ("GET", "/v1/logs?follow", ["Last-Event-ID: x"], "", 400, "Last-Event-ID"),
        ]
        try await withServer(fixture) { connect in
            for (method, target, headers, body, status, text) in cases {
                let answer = try await connect().ask(method, target, headers: headers, body: body)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(method) \(target): \(answer)")
                #expect(answer.contains("Content-Type: application/problem+json\r\n"))
                #expect(answer.contains(text), "\(method) \(target): \(answer)")
            }
            let large = String(repeating: " ", count: Limits.controlBodyBytesMax + 1)
            let client = try connect()
            try await client.send(
                "POST /v1/check HTTP/1.1\r\nHost: p\r\n\(json)\r\nContent-Length: \(large.utf8.count)\r\n\r\n"
            )
            #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func anActionIsAnsweredWithItsOperation() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let body = "{\"verb\":\"stop\",\"workers\":[\"1\"],\"why\":\"maintenance\"}"
            let answer = try await connect().ask("POST", "/v1/pools/example/actions", headers: [json], body: body)
            #expect(answer.hasPrefix("HTTP/1.1 202 Accepted\r\n"))
            #expect(answer.contains("\"id\":\"op-1\"") && answer.contains("\"why\":\"maintenance\""))
            #expect(answer.contains("(uid \(geteuid()), pid \(getpid()))"))
            #expect(try await connect().ask("GET", "/v1/operations/op-1").contains("\"verb\":\"stop\""))
            let tag = EntityTag(generation: 9).description
            let guarded = try await connect().ask(
                "POST",
                "/v1/pools/example/actions",
                headers: [json, "If-Match: \(tag)"],
                body: body
            )
            #expect(guarded.hasPrefix("HTTP/1.1 412 "))
        }
    }

    @Test func aHeadAnswerHasNoBody() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let answer = try await connect().ask("HEAD", "/v1/version")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func connectionsAreKeptAndPipelined() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let client = try connect()
            let request = "GET /v1/version HTTP/1.1\r\nHost: p\r\n\r\n"
            try await client.send(request + request + "GET /v1/health HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n")
            let answers = try await client.read()
            #expect(answers.components(of: "HTTP/1.1 200 OK") == 3)
            #expect(answers.hasSuffix("}"))
        }
    }

    @Test func aStreamBeginsWithTheNewestAndGoesOn() async throws {
        let fixture = try ManagerFixture()
        let id = fixture.id(1)
        @Sendable func line(_ sequence: UInt64) -> LogLine {
            let text = Array("line \(sequence)".utf8)
            let at = Timestamp(microseconds: 0)
            return LogLine(sequence: sequence, at: at, worker: id, life: 1, stream: .stdout, bytes: text)
        }
        fixture.driver.stored.withLock { $0 = (1...5).map { line(UInt64($0)) } }
        try await withServer(fixture) { connect in
            let client = try connect()
            try await client.send("GET /v1/logs?follow&tail=2 HTTP/1.1\r\nHost: p\r\n\r\n")
            let first = try await client.read(until: "line 5")
            #expect(first.contains("text/event-stream") && first.contains("line 4") && !first.contains("line 3"))
            fixture.driver.stored.withLock { $0.append(line(6)) }
            await fixture.manager.linesArrived()
            #expect(try await client.read(until: "line 6").contains("id: 6\nevent: change\ndata: {"))
            let resumed = try connect()
            try await resumed.send(
                "GET /v1/logs HTTP/1.1\r\nHost: p\r\nAccept: application/x-ndjson\r\nLast-Event-ID: 4\r\n\r\n"
            )
            let records = try await resumed.read(until: "line 6")
            #expect(records.contains("line 5") && !records.contains("line 4"))
            #expect(records.contains("{\"record\":\"change\",\"sequence\":5,\"data\":{"))
        }
    }

    @Test func anOperationsStreamEndsWithIt() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            _ = try await connect().ask(
                "POST",
                "/v1/pools/example/actions",
                headers: [json],
                body: "{\"verb\":\"maintenance\"}"
            )
            let stream = try await connect().ask("GET", "/v1/operations/op-1?follow")
            #expect(stream.contains("event: snapshot") && stream.contains("\"state\":\"succeeded\""))
        }
    }

    /// Every record but a heartbeat has a number, and the next stream's are higher.
    @Test(arguments: ["state", "stats", "operations"])
    func everyRecordHasANumber(_ name: String) async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            _ = try await connect().ask(
                "POST",
                "/v1/pools/example/actions",
                headers: [json],
                body: "{\"verb\":\"maintenance\"}"
            )
            let client = try connect()
            try await client.send("GET /v1/\(name)?follow HTTP/1.1\r\nHost: p\r\n\r\n")
            let first = try await client.read(until: "\n\n")
            let number = try #require(first.firstMatch(of: #/\r\nid: ([0-9]+)\nevent: snapshot\ndata: /#)?.1)
            let start = try #require(UInt64(number))
            #expect(start >= UInt64(fixture.time.moment.wall.microseconds) / 2)
            let future = try connect()
            try await future.send(
                "GET /v1/\(name)?follow HTTP/1.1\r\nHost: p\r\nLast-Event-ID: \(StreamRecord.sequenceMax)\r\n\r\n"
            )
            #expect(try await future.read(until: "\n\n").contains("event: snapshot"))
        }
    }

    /// A number that this daemon never gave is told as such, and what is kept follows: nobody waits for ever.
    @Test(arguments: ["Last-Event-ID: 900000", ""])
    func aNumberFromTheFutureBeginsAnew(_ header: String) async throws {
        let fixture = try ManagerFixture()
        let query = header.isEmpty ? "follow&after=900000" : "follow"
        let lines = header.isEmpty ? "" : "\(header)\r\n"
        fixture.driver.stored.withLock {
            $0 = [
                LogLine(
                    sequence: 7,
                    at: Timestamp(microseconds: 0),
                    worker: fixture.id(1),
                    life: 1,
                    stream: .stdout,
                    bytes: Array("kept".utf8)
                )
            ]
        }
        try await withServer(fixture) { connect in
            for (name, kept) in [("events", "\"sequence\":1"), ("logs", "kept")] {
                let client = try connect()
                try await client.send("GET /v1/\(name)?\(query) HTTP/1.1\r\nHost: p\r\n\(lines)\r\n")
                let text = try await client.read(until: kept)
                #expect(text.contains("event: gap\ndata: {\"missed\":0,\"reset\":true}"), "\(text)")
                #expect(text.contains("event: change"), "\(text)")
            }
        }
    }

    @Test func aRollIsCalledOne() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let roll = try await connect().ask(
                "POST",
                "/v1/pools/example/actions",
                headers: [json],
                body: "{\"verb\":\"roll\",\"workers\":[\"1\"]}"
            )
            #expect(roll.contains("\"verb\":\"roll\""), "\(roll)")
        }
    }

    @Test func whatHasChangedMeanwhileIsNotActedOn() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            func act(_ body: String, _ headers: [String] = []) async throws -> String {
                try await connect().ask(
                    "POST",
                    "/v1/pools/example/actions",
                    headers: [json] + headers,
                    body: body
                )
            }
            let refused = try await act("{\"verb\":\"drain\",\"expectedGeneration\":9}")
            #expect(refused.hasPrefix("HTTP/1.1 409 ") && refused.contains("generation"), "\(refused)")
            let replaced = try await act(
                "{\"verb\":\"drain\",\"expected\":[{\"worker\":\"example_1\",\"life\":9}]}"
            )
            #expect(replaced.hasPrefix("HTTP/1.1 409 ") && replaced.contains("has been replaced"), "\(replaced)")
            let pool = try await connect().ask("GET", "/v1/pools/example")
            let tag = try #require(pool.firstMatch(of: #/ETag: ("g[0-9]+")/#)?.1)
            #expect(try await act("{\"verb\":\"drain\"}", ["If-Match: \(tag)"]).hasPrefix("HTTP/1.1 202 "))
        }
    }

    @Test func weightsAreSetAtOnce() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let answer = try await connect().ask(
                "POST",
                "/v1/pools/example/weights",
                headers: [json],
                body: "{\"weight\":3,\"workers\":[\"2\"]}"
            )
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("\"weight\":3"), "\(answer)")
            let bad = try await connect().ask(
                "POST",
                "/v1/pools/example/weights",
                headers: [json],
                body: "{\"weight\":300}"
            )
            #expect(bad.hasPrefix("HTTP/1.1 400 "))
        }
    }

    /// One that stands still is cut off, told of and counted; one that reads is not.
    @Test func aReaderThatTakesNothingIsCutOff() async throws {
        let fixture = try ManagerFixture()
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 2000)
        fixture.driver.stored.withLock {
            $0 = (1...4000).map { number in
                LogLine(
                    sequence: number,
                    at: Timestamp(microseconds: 0),
                    worker: fixture.id(1),
                    life: 1,
                    stream: .stdout,
                    bytes: text
                )
            }
        }
        try await withServer(fixture, readerTimeout: .seconds(1)) { connect in
            let reading = try connect()
            try await reading.send("GET /v1/state?follow HTTP/1.1\r\nHost: p\r\n\r\n")
            _ = try await reading.read(until: "event: snapshot")
            let stuck = try connect()
            try await stuck.send("GET /v1/logs?follow&tail=4000 HTTP/1.1\r\nHost: p\r\n\r\n")
            let deadline = ContinuousClock.now + .seconds(30)
            while await fixture.manager.readersCut == 0, .now < deadline {
                fixture.time.advance(by: .milliseconds(500))
                // It only bounds how often this looks.
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(await fixture.manager.readersCut == 1)
            let received = try await stuck.read()
            #expect(received.hasPrefix("HTTP/1.1 200 OK") && received.utf8.count < 4_000_000)
            let events = try await connect().ask("GET", "/v1/events")
            #expect(events.contains("took nothing from the control socket for 1 s: cut off"), "\(events)")
            #expect(events.contains("(uid \(geteuid()), pid \(getpid()))"))
            #expect(try await connect().ask("GET", "/metrics").contains("pool_control_readers_cut_total 1\n"))
            await fixture.manager.stateChanged()
            #expect(try await reading.read(until: "event: change").contains("event: change"))
        }
    }

    @Test func theEndOfTheDaemonEndsStreams() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let client = try connect()
            try await client.send("GET /v1/state?follow HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n")
            #expect(try await client.read(until: "event: snapshot").contains("example_1"))
            await fixture.manager.beginShutdown(force: true, actor: "test", why: "")
            await fixture.manager.savedAll()
            for number in 1...2 {
                await fixture.tell(.exited(fixture.id(number), life: 1, .exited(code: 0)), pool: "example")
            }
            await fixture.manager.savedAll()
            await fixture.manager.proxiesDrained()
            #expect(try await client.read().hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func whatIsNotHTTPIsRefusedAndClosed() async throws {
        let fixture = try ManagerFixture()
        try await withServer(fixture) { connect in
            let client = try connect()
            try await client.send("\u{16}\u{3}\u{1} this is no request\r\n\r\n")
            #expect(try await client.read().hasPrefix("HTTP/1.1 400 "))
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
