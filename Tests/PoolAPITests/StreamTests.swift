import PoolAPI
import PoolModel
import Testing

@Suite struct StreamTests {
    static let records = [
        StreamRecord(.snapshot, sequence: 1, data: Array(#"{"a":"é\n"}"#.utf8)),
        StreamRecord(.change, sequence: .max, data: Array("{\n  \"b\": 1\r\n}".utf8)),
        StreamRecord(.change, sequence: 3, data: []),
        StreamRecord.gap(StreamGap(missed: 12), sequence: 15),
        StreamRecord.heartbeat(at: Timestamp(microseconds: 0)),
        StreamRecord(.change, sequence: 16, data: Array(": not a comment".utf8)),
    ]

    @Test func anEventIsAsTheStandardSays() {
        let text = String(decoding: ServerSentEvents.encode(Self.records[1]), as: UTF8.self)
        #expect(text == "id: 18446744073709551615\nevent: change\ndata: {\ndata:   \"b\": 1\ndata: }\n\n")
    }

    @Test func recordsComeBackHoweverTheyAreCut() throws {
        let bytes = Self.records.flatMap { ServerSentEvents.encode($0) }
        var expected = Self.records
        expected[1].data = Array("{\n  \"b\": 1\n}".utf8)
        var random = SplitMix64(seed: 1)
        for size in 1...40 {
            var decoder = SSEDecoder()
            var found: [StreamRecord] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(size < 20 ? size : Int.random(in: 1...60, using: &random))
                found += try decoder.decode(piece)
                rest = rest.dropFirst(piece.count)
            }
            #expect(found == expected, "pieces of \(size)")
            #expect(decoder.lastSequence == 16)
        }
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func everyLineEndCounts(_ end: String) throws {
        let text =
            "\u{FEFF}: hello\nretry: 5\n\nid: 4\nevent:change\ndata:{}\nbogus\n\nevent: other\ndata: x\n\nid: 5\n\n"
            .replacing("\n", with: end)
        var decoder = SSEDecoder()
        let found = try decoder.decode(Array(text.utf8))
        #expect(found == [StreamRecord(.change, sequence: 4, data: Array("{}".utf8))])
        #expect(decoder.lastSequence == 5)
    }

    /// The id of an event that was cut off must not be taken for seen.
    @Test func anEventThatIsCutOffIsAskedForAgain() throws {
        var decoder = SSEDecoder()
        _ = try decoder.decode(Array("id: 4\nevent: change\ndata: {}\n\nid: 5\nevent: change\nda".utf8))
        #expect(decoder.lastSequence == 4)
    }

    @Test func anEventWithoutEndIsRefused() throws {
        var decoder = SSEDecoder(bytesMax: 1000)
        _ = try decoder.decode(Array("data: \(String(repeating: "x", count: 900))\n".utf8))
        let error = #expect(throws: PoolError.self) {
            try decoder.decode(Array(repeating: UInt8(ascii: "y"), count: 200))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func garbageNeverCrashes() throws {
        var random = SplitMix64(seed: 3)
        let pieces = [
            "id: ", "event: change", "event: snapshot", "data: ", "\n", "\r", "\r\n", "\n\n", "{}", ":", "\0", "é",
        ]
        for _ in 0..<400 {
            var decoder = SSEDecoder(bytesMax: 256)
            let text = (0..<30).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let whole = try? decoder.decode(Array(text.utf8))
            var bytewise = SSEDecoder(bytesMax: 256)
            var found: [StreamRecord]? = []
            for byte in text.utf8 {
                if let records = try? bytewise.decode([byte]) {
                    found?.append(contentsOf: records)
                } else {
                    found = nil
                }
                if found == nil { break }
            }
            #expect(whole == found, "\(text.debugDescription)")
        }
    }

    @Test func linesOfJSONComeBack() throws {
        for record in Self.records where !record.data.isEmpty && record.data.first == UInt8(ascii: "{") {
            let line = NDJSON.encode(record)
            #expect(line.last == UInt8(ascii: "\n") && line.count { $0 == UInt8(ascii: "\n") } == 1)
            let back = try JSONCoding.decode(NDJSONRecord<JSONValue>.self, from: line)
            #expect(back.record == record.kind)
            let data: JSONValue = try record.decode()
            #expect(back.data == data)
        }
    }

    @Test(
        arguments: [
            (nil, false, Route.ID.events, AnswerFormat.document),
            (nil, true, .events, .eventStream),
            ("*/*", true, .events, .eventStream),
            ("text/event-stream", false, .events, .eventStream),
            ("application/x-ndjson", false, .logs, .ndjson),
            ("application/json", false, .pools, .document),
            ("application/json", true, .logs, .eventStream),
            ("text/html, application/*;q=0.5", false, .pools, .document),
            ("text/html", false, .pools, nil),
            ("application/json;q=0", false, .pools, nil),
            ("text/event-stream", false, .pools, nil),
            ("text/plain", false, .metrics, .document),
        ] as [(String?, Bool, Route.ID, AnswerFormat?)]
    )
    func theFormIsNegotiated(_ accept: String?, _ follow: Bool, _ id: Route.ID, _ expected: AnswerFormat?) {
        #expect(AnswerFormat(accept: accept, follow: follow, route: .of(id)) == expected)
    }

    /// For any two states, the change makes the one out of the other.
    @Test func aChangeMakesTheNewState() {
        var random = SplitMix64(seed: 11)
        func state() -> StateSnapshot {
            let pools = ["a", "b"].filter { _ in Bool.random(using: &random) }.map { name in
                var pool = Samples.barePool
                pool.name = name
                pool.workers = (1...6).filter { _ in Bool.random(using: &random) }.map { number in
                    var worker = Samples.bareWorker
                    worker.status.id = WorkerID(pool: name, number: number)
                    worker.status.life = UInt64.random(in: 1...2, using: &random)
                    return worker
                }
                return pool
            }
            return StateSnapshot(sequence: random.next(), at: Samples.time, pools: pools, operations: [])
        }
        for _ in 0..<500 {
            let (old, new) = (state(), state())
            var result = old
            result.apply(StateChange(from: old, to: new))
            #expect(result == new)
        }
        let same = state()
        #expect(StateChange(from: same, to: same).pools.allSatisfy { $0.workers.isEmpty })
    }
}
