@testable import PoolClient
import PoolAPI
import PoolModel
import Testing

struct StreamJSONTests {
    private struct Everything: Codable, Equatable {
        enum Word: String, Codable { case one, two }
        enum Choice: Codable, Equatable { case empty, pair(Int, name: String) }

        var text = "a\"b\\c\n\u{1F600}東\u{0}é/"
        var whole = Int64.min
        var natural = UInt64.max
        var fraction = -0.1
        var large = 1.5e300
        var tiny = 2.5e-8
        var yes = true
        var no = false
        var nothing: Int?
        var words = [Word.one, .two]
        var choices = [Choice.empty, .pair(3, name: "x")]
        var nested = [["a": 1.25], [:]]
        var bytes: [UInt8] = [0, 255]
    }

    @Test func whatWasEncodedIsDecodedTheSame() throws {
        let value = Everything()
        for pretty in [false, true] {
            let bytes = try JSONCoding.encode(value, pretty: pretty)
            let tape = try JSONTape(bytes)
            #expect(try Everything(from: JSONTapeDecoder(tape: tape, index: 0)) == value)
        }
    }

    @Test(arguments: [
        "0.1", "-0.1", "123456789012345678", "1e3", "1E-7", "9007199254740993", "0.30000000000000004",
        "17976931348623157e292",
        "99999999999999.9", "4.9e-324", "3.14159265358979323846", "0", "-0", "100000000000000000000",
    ])
    func doublesAreTheNearest(_ text: String) throws {
        let value = try Double(from: JSONTapeDecoder(tape: JSONTape(Array(text.utf8)), index: 0))
        #expect(value == Double(text))
    }

    @Test(arguments: [
        "", "{", "[1,", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}", "\"", "\"\\", "tru", "nul", "[1]]", "\"a\nb\"", "}",
        ",", "[,]", "{,}",
        String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
    ])
    func whatIsMalformedIsRefused(_ text: String) {
        #expect(throws: JSONTape.Malformed.self) { try JSONTape(Array(text.utf8)) }
    }

    @Test(arguments: ["01", "1.", "--1", "+1", "1.5", "1e2", "18446744073709551616", "\"1\"", "true", "null"])
    func whatIsNoWholeNumberIsRefused(_ text: String) throws {
        let tape = try JSONTape(Array(text.utf8))
        #expect(throws: JSONTapeDecoder.Mismatch.self) { try UInt64(from: JSONTapeDecoder(tape: tape, index: 0)) }
    }

    @Test(arguments: ["\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\""])
    func malformedEscapesAreRefused(_ text: String) throws {
        let tape = try JSONTape(Array(text.utf8))
        #expect(throws: JSONTapeDecoder.Mismatch.self) { try String(from: JSONTapeDecoder(tape: tape, index: 0)) }
    }

    /// Errors come from the slow decoder, which names the place.
    @Test func anErrorNamesThePlace() {
        let error = #expect(throws: PoolError.self) {
            try StreamJSON.decode(
                StateSnapshot.self,
                from: Array("{\"sequence\":1,\"at\":\"2026-11-22T07:41:09Z\",\"pools\":[{}]}".utf8)
            )
        }
        #expect(error?.message.contains("pools[0]") == true)
    }

    /// The quick way to workers and their own Codable agree, whatever is set or not.
    @Test func workersAreReadAsCodableReadsThem() throws {
        let at = try #require(Timestamp("2026-11-22T07:41:09.120Z"))
        var traffic = TrafficStats()
        (traffic.requests, traffic.bytesOut, traffic.status5xx, traffic.tunnels) = (1, UInt64.max, 7, 3)
        (traffic.requestsPerSecond, traffic.p99Milliseconds) = (0.125, 48.5)
        let used = ResourceStats(
            cpuPercent: 12.5,
            cpuSeconds: 3,
            rssBytes: 1 << 33,
            threads: 5,
            fileDescriptors: 24,
            uptimeSeconds: 60.25
        )
        var workers: [WorkerSnapshot] = []
        for (number, state) in ProcessState.allCases.enumerated() {
            var status = WorkerStatus(
                id: WorkerID(pool: "web_prod", number: number),
                state: state,
                health: Health.allCases[number % 3],
                admin: AdminState.allCases[number % 3],
                address: number.isMultiple(of: 2) ? .unix(path: "/run/x.sock") : .tcp(host: "::1", port: 80),
                since: at,
                weight: number
            )
            if number.isMultiple(of: 2) {
                status.process = ProcessIdentity(pid: 12, startTicks: 1 << 60)
                status.lastProbe = ProbeResult(phase: .status, status: 503, detail: "\"x\" 東", elapsed: .zero, at: at)
                status.startedAt = Timestamp(microseconds: -1_000_000)
            } else {
                status.reason = "a\nb"
                status.lastExit = .signaled(signal: 9, coreDumped: false)
                (status.retryAt, status.ejectedUntil, status.isJoining) = (at, at, true)
            }
            workers.append(
                WorkerSnapshot(
                    name: status.id.description,
                    status: status,
                    traffic: number.isMultiple(of: 3) ? traffic : TrafficStats(),
                    resources: number.isMultiple(of: 2) ? used : nil
                )
            )
        }
        for pretty in [false, true] {
            let tape = try JSONTape(JSONCoding.encode(workers, pretty: pretty))
            #expect(WorkerReader.workers(of: tape, at: 0) == workers)
        }
    }

    /// What is not as expected is left to Codable: what is missing, of another type, or new.
    @Test(arguments: [
        "\"state\":\"RUNNING\"", "\"weight\":1", "\"id\":\"example_1\"", "\"address\":\"unix:/x\"",
        "\"since\":\"2026-11-22T07:41:09Z\"", "\"requests\":0", "\"rssBytes\":1",
    ])
    func strangeWorkersAreLeftToCodable(_ member: String) throws {
        let worker = WorkerSnapshot(
            name: "example_1",
            status: WorkerStatus(
                id: WorkerID(pool: "example", number: 1),
                state: .running,
                address: .unix(path: "/x"),
                since: try #require(Timestamp("2026-11-22T07:41:09Z"))
            ),
            traffic: TrafficStats(),
            resources: ResourceStats(
                cpuPercent: 1,
                cpuSeconds: 1,
                rssBytes: 1,
                threads: 1,
                fileDescriptors: 1,
                uptimeSeconds: 1
            )
        )
        let text = String(decoding: try JSONCoding.encode([worker]), as: UTF8.self)
            .replacing("09.000Z", with: "09Z")
        #expect(text.contains(member))
        #expect(WorkerReader.workers(of: try JSONTape(Array(text.utf8)), at: 0) == [worker])
        let name = member.prefix { $0 != ":" }
        for value in ["null", "true", "\"\"", "-1.5", "{}", "\"x_x\""] {
            let strange = text.replacing(member, with: "\(name):\(value)")
            #expect(WorkerReader.workers(of: try JSONTape(Array(strange.utf8)), at: 0) == nil, "\(strange)")
        }
        let without = text.replacing(member, with: "\"another\":[{}]")
        #expect(WorkerReader.workers(of: try JSONTape(Array(without.utf8)), at: 0) == nil)
        let more = text.replacing(member, with: "\(member),\"another\":[{\"id\":1}]")
        #expect(WorkerReader.workers(of: try JSONTape(Array(more.utf8)), at: 0) == [worker])
    }

    /// Half of a valid text never makes the decoder trap.
    @Test func cutTextsAreRefused() throws {
        let bytes = try JSONCoding.encode(Everything())
        for count in 0..<bytes.count {
            #expect(throws: JSONTape.Malformed.self) { try JSONTape(Array(bytes[..<count])) }
        }
    }
}
