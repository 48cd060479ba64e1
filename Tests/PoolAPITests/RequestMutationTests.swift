import PoolAPI
import Testing

/// Seeded mutation of requests to the control socket; the fuzz target `ControlRequest` goes further.
@Suite struct RequestMutationTests {
    static let seeds = [
        "GET /v1/logs?workers=1-3,state:fatal&tail=10&grep=a%20b&level=error&stream=stdout&since=2026-11-22T07:41:05Z\n",
        "GET /v1/events?kind=exit,state&severity=warning&after=17&follow\nid: 4\nevent: change\ndata: {}\n\n",
        "POST /v1/pools/example/actions\n{\"verb\":\"roll\",\"workers\":[\"1\"],\"batch\":2,\"expected\":[{\"worker\":\"a_1\",\"life\":2}]}",
        "POST /v1/pools/example/weights\n{\"weight\":3,\"workers\":[\"example_2\"]}",
        "GET /v1/operations/op-17?wait=2.5\nevent: gap\r\ndata: {\"missed\":3}\r\n\r\n",
        "POST /v1/reload\n{\"pool\":\"example\",\"dryRun\":true}",
        "POST /v1/shutdown\n{\"force\":true,\"why\":\"\\u0000\"}",
        "GET /v1/pools/ex%61mple/workers?workers=example:*,*\n",
    ]
    static let tokens = [
        "%", "%2F", "%00", "&", "=", ",", "/", "?", "-", ":", "\n", "\r", "\"", "{", "}", "[", "]", "null", "1e400",
        "-1", "9223372036854775808", "\u{FEFF}", "data:", "id:", "\\ud800", "all", "example/", "state:",
    ]

    @Test(arguments: 0..<seeds.count)
    func nothingBreaksAndWhatIsReadIsReadBack(_ index: Int) {
        var random = SplitMix64(seed: UInt64(index))
        #expect(APIInvariants.request(Array(Self.seeds[index].utf8)) == nil)
        for _ in 0..<1500 {
            var bytes = Array(Self.seeds[index].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
                case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0..<6, using: &random)))
                default: bytes = Array(bytes[place...] + bytes[..<place])
                }
            }
            #expect(APIInvariants.request(bytes) == nil, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
