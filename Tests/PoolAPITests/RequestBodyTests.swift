import PoolAPI
import PoolModel
import Testing

/// What clients send is taken as a whole or not at all.
@Suite struct RequestBodyTests {
    private func problem(_ name: MessageName, _ body: String) -> Problem? {
        func read<Message: Decodable>(_ type: Message.Type) -> Problem? {
            do throws(Problem) {
                _ = try RequestBody.read(type, as: name, from: Array(body.utf8))
                return nil
            } catch {
                return error
            }
        }
        return switch name {
        case .actionRequest: read(ActionRequest.self)
        case .deployRequest: read(DeployRequest.self)
        case .weightRequest: read(WeightRequest.self)
        case .gateRequest: read(GateRequest.self)
        case .checkRequest: read(CheckRequest.self)
        case .reloadRequest: read(ReloadRequest.self)
        case .replaceProxyRequest: read(ReplaceProxyRequest.self)
        case .reloadCertificatesRequest: read(ReloadCertificatesRequest.self)
        case .upgradeRequest: read(UpgradeRequest.self)
        case .shutdownRequest: read(ShutdownRequest.self)
        default: Problem(.internal, "\(name) is no request")
        }
    }

    /// Every route that takes a body: a request that was added without this shows up here.
    @Test func noRequestTakesAnUnknownField() throws {
        for route in Route.all {
            guard let name = route.request else { continue }
            let sample = try #require(Samples.all.first { $0.name == name.rawValue }?.value)
            let text = String(decoding: try JSONCoding.encode(sample), as: UTF8.self)
            #expect(problem(name, text) == nil, "\(name)")
            let odd = try #require(problem(name, "{\"whx\":1,\(text.dropFirst())"), "\(name) takes a field whx")
            #expect(odd.code == .invalidArgument && odd.object == "field whx" && odd.remedy != nil, "\(name): \(odd)")
        }
    }

    @Test(arguments: [
        (#"{"verb":"restart","worker":["web:1"]}"#, "field worker", "did you mean workers or order?"),
        (#"{"vreb":"restart"}"#, "field vreb", "did you mean verb?"),
        (
            #"{"verb":"stop","expected":[{"worker":"web_1","life":1},{"worker":"web_2","lif":1}]}"#,
            "field expected[1].lif", "did you mean life?"
        ),
        (#"{"verb":"stop","workers":[]}"#, "field workers", "leave workers out to mean every worker of the pool"),
        (
            #"{"verb":"stop","zzzzzzzz":1}"#, "field zzzzzzzz",
            "the fields are verb, workers, why, signal, count, order, batch, force, expected, expectedGeneration"
        ),
    ])
    func theFieldIsNamedAndTheNearest(_ body: String, _ object: String, _ remedy: String) {
        let found = problem(.actionRequest, body)
        #expect(found?.object == object)
        #expect(found?.remedy == remedy)
        #expect(found?.status == 400)
    }

    @Test(arguments: [
        #"{"verb":"stop"}"#, #"{"verb":"stop","workers":null}"#, #"{"verb":"stop","workers":["1"],"expected":[]}"#,
    ])
    func whatIsDocumentedIsTaken(_ body: String) {
        #expect(problem(.actionRequest, body) == nil)
    }

    @Test func allWorkersAreSentAsNone() throws {
        let all = String(decoding: try JSONCoding.encode(ActionRequest(verb: .roll)), as: UTF8.self)
        #expect(!all.contains("workers"))
        let weight = String(decoding: try JSONCoding.encode(WeightRequest(weight: 2)), as: UTF8.self)
        #expect(!weight.contains("workers"))
    }

    @Test func aRouteWithoutABodyTakesNone() {
        #expect(throws: Never.self) { try RequestBody.refuse([]) }
        #expect(throws: Never.self) { try RequestBody.refuse(Array("{}".utf8)) }
        let refused = #expect(throws: Problem.self) { try RequestBody.refuse(Array(#"{"why":"x"}"#.utf8)) }
        #expect(refused?.object == "field why")
        #expect(throws: Problem.self) { try RequestBody.refuse(Array("[]".utf8)) }
    }
}
