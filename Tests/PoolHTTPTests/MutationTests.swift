import PoolHTTP
import Testing

/// Seeded mutation: the corpus's kind of messages, damaged in the ways that attackers like. The fuzz targets go further.
@Suite struct MutationTests {
    static let seeds: [String] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /x?y=z HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nX-Forwarded-For: 1.1.1.1\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5;x=\"y\"\r\nhello\r\n0\r\nT: 1\r\n\r\n",
        "GET http://b/x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nmy_field: 2\r\nX_Real_IP: 3\r\n\r\n",
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nCookie: a=b; c=d\r\nAccept: */*\r\n\r\n",
        "GET /chat HTTP/1.1\r\nHost: [::1]:8080\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n",
    ]
    static let responses: [String] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\nKeep-Alive: timeout=5\r\n\r\n",
        "HTTP/1.0 404\r\nConnection: keep-alive\r\nTransfer_Encoding: x\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nPool-Error: y\r\n\r\n",
    ]
    static let chunkedBodies: [String] = [
        "5\r\nhello\r\n0\r\n\r\n", "5;a=b;c=\"d\\\"e\"\r\nhello\r\n000a\r\n0123456789\r\n0;x\r\nA: b\r\nC: d\r\n\r\n",
    ]
    static let tokens: [String] = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", ";", "chunked", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Connection: Content-Length\r\n", "Host: b\r\n", "0\r\n\r\n",
        "\u{b}", "\u{ff}", "_", "close",
        "GET /smuggled HTTP/1.1\r\nHost: c\r\n\r\n", "HTTP/1.1", "Upgrade: h2c\r\n", "\"",
        "X-Forwarded-For: 6.6.6.6\r\n", "http://u@h/",
    ]

    private static func mutate(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var result = bytes
        for _ in 0...Int.random(in: 0..<3, using: &random) {
            let place = Int.random(in: 0...result.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if place < result.count { result[place] = UInt8.random(in: 0...255, using: &random) }
            case 1: if place < result.count { result.remove(at: place) }
            case 2: result.insert(UInt8.random(in: 0...127, using: &random), at: place)
            case 3: result.insert(contentsOf: tokens.randomElement(using: &random)?.utf8.map { $0 } ?? [], at: place)
            case 4: result.removeSubrange(place..<min(result.count, place + Int.random(in: 0..<8, using: &random)))
            default: result.insert(contentsOf: result[place..<min(result.count, place + 20)], at: place)
            }
        }
        return result
    }

    private func run(_ seeds: [String], rounds: Int, seed: UInt64, _ check: ([UInt8]) -> String?) {
        var random = SeededRandom(seed: seed)
        for round in 0..<rounds {
            let start = Array(seeds[round % seeds.count].utf8)
            let bytes = round < seeds.count ? start : Self.mutate(start, &random)
            if let violation = check(bytes) {
                Issue.record(
                    "seed \(seed), round \(round): \(violation): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
                )
                return
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func requests(_ seed: UInt64) { run(Self.seeds, rounds: 500, seed: seed, HTTPInvariants.request) }

    @Test(arguments: [1, 2] as [UInt64])
    func responses(_ seed: UInt64) { run(Self.responses, rounds: 500, seed: seed, HTTPInvariants.response) }

    @Test(arguments: [1, 2] as [UInt64])
    func chunkedBodies(_ seed: UInt64) { run(Self.chunkedBodies, rounds: 1000, seed: seed, HTTPInvariants.chunked) }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func connections(_ seed: UInt64) {
        var joined = Self.seeds
        for seed in Self.seeds { joined.append(Self.seeds[1] + seed + Self.seeds[2] + seed) }
        run(joined, rounds: 700, seed: seed, HTTPInvariants.exchange)
    }
}
