import PoolAPI
import PoolModel
import Testing

@Suite struct MessageTests {
    @Test func everyMessageIsAsTheDocumentSays() throws {
        for (name, value) in Samples.all + Samples.bare {
            let schema = try #require(SchemaCheck.fields(name), "no schema: \(name)")
            let json: JSONValue = try JSONCoding.decode(from: try JSONCoding.encode(value))
            #expect(SchemaCheck.issues(json, schema, at: name) == [])
        }
    }

    /// A field that the document describes and no message has would be a promise that nobody keeps.
    @Test func everyDescribedFieldIsSent() throws {
        for (name, fields) in Schemas.all {
            let value = try #require(Samples.all.first { $0.name == name }?.value, "no sample: \(name)")
            let json: JSONValue = try JSONCoding.decode(from: try JSONCoding.encode(value))
            // These two exclude each other with what the sample shows.
            let absent = Set(fields.map(\.name).filter { json[$0] == nil })
            #expect(absent == [], "\(name)")
        }
    }

    @Test func everyMessageComesBackAsItWas() throws {
        func check(_ name: String, _ value: some Codable) throws {
            let bytes = try JSONCoding.encode(value)
            let back = try JSONCoding.encode(try JSONCoding.decode(type(of: value), from: bytes))
            #expect(back == bytes, "\(name)")
        }
        for (name, value) in Samples.all + Samples.bare { try check(name, value) }
    }

    @Test func exitReasonsAreAsTheDocumentSays() throws {
        let reasons: [ExitReason] = [
            .exited(code: 1), .signaled(signal: 9, coreDumped: true), .spawnFailed(stage: "exec", errno: 2),
            .startTimedOut(detail: "…"), .outOfMemory(scope: "cgroup"), .hookFailed(detail: "…"), .unknown,
        ]
        let schema = try #require(SchemaCheck.fields("ExitReason"))
        for reason in reasons {
            let json: JSONValue = try JSONCoding.decode(from: try JSONCoding.encode(reason))
            #expect(SchemaCheck.issues(json, schema, at: "\(reason)") == [])
        }
    }

    /// The wire format, as it stands: a change shows up as a diff of this file.
    @Test func messagesAreAsRecorded() throws {
        var text = ""
        for (name, value) in Samples.all + Samples.bare {
            text += "\(name) \(String(decoding: try JSONCoding.encode(value), as: UTF8.self))\n"
        }
        try expectGolden(Array(text.utf8), "messages.txt")
    }

    @Test func whatIsMissingIsNamed() {
        let error = #expect(throws: PoolError.self) {
            try JSONCoding.decode(ActionRequest.self, from: Array(#"{"verb":"signal","expected":[{"life":1}]}"#.utf8))
        }
        #expect(error?.message == "expected[0].worker: missing")
        let wrong = #expect(throws: PoolError.self) {
            try JSONCoding.decode(ActionRequest.self, from: Array(#"{"verb":7}"#.utf8))
        }
        #expect(wrong?.message == "verb: wrong type")
        let garbage = #expect(throws: PoolError.self) {
            try JSONCoding.decode(ActionRequest.self, from: Array("verb=7".utf8))
        }
        #expect(garbage?.message == "not JSON")
    }

    @Test(arguments: [
        (ActionRequest(verb: .start), nil),
        (ActionRequest(verb: .deploy), "deploy is not an action on workers"),
        (ActionRequest(verb: .signal), "signal is missing"),
        (ActionRequest(verb: .scale), "count is missing"),
        (with(.stop) { $0.signal = "HUP" }, "stop does not take a signal"),
        (with(.restart) { $0.batch = 2 }, "restart does not take a batch"),
        (with(.roll) { $0.batch = 0 }, "batch 0 is less than 1"),
        (with(.scale) { $0.count = 5000 }, "count 5000 is not in 0...4096"),
        (with(.stop) { $0.why = String(repeating: "x", count: 1025) }, "why is longer than 1024 bytes"),
    ])
    func actionsAreChecked(_ action: ActionRequest, _ message: String?) {
        var found: String?
        do throws(PoolError) { try action.validate() } catch { found = error.message }
        #expect(found == message)
    }
}

private func with(_ verb: Operation.Verb, _ change: (inout ActionRequest) -> Void) -> ActionRequest {
    var action = ActionRequest(verb: verb)
    change(&action)
    return action
}
