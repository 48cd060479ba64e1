import PoolHTTP
import Testing

/// The PROXY protocol as the specification has it, and everything near it.
@Suite struct ProxyProtocolTests {
    private static func four(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ port: UInt16)
        -> ProxyProtocol.Endpoint
    {
        ProxyProtocol.Endpoint(high: 0, low: 0xffff << 32 | a << 24 | b << 16 | c << 8 | d, port: port)
    }

    private static let v6 = ProxyProtocol.Endpoint(high: 0x2001_0db8_0000_0000, low: 1, port: 443)
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    private func read(_ text: String) -> ProxyProtocol.Reading { ProxyProtocolInvariants.read(Array(text.utf8)) }

    @Test func lines() {
        let line = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
        let source = Self.four(192, 0, 2, 1, 56324)
        #expect(read(line) == .header(count: line.utf8.count, source: source))
        #expect(read(line + "GET / HTTP/1.1\r\n") == .header(count: line.utf8.count, source: source))
        let six = "PROXY TCP6 2001:db8::1 ::1 443 1\r\n"
        #expect(read(six) == .header(count: six.utf8.count, source: Self.v6))
        for text in ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 whatever 1 2\r\n"] {
            #expect(read(text) == .header(count: text.utf8.count, source: nil))
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n", "PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\r",
        "PROXY TCP4 1.1.1.256 1.1.1.1 1 1\r\n", "PROXY TCP4 1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 01.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 65536 1\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n", "PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n", "PROXY\r\n", "PROXY  TCP4\r\n",
        "PROXY TCP4 1.1.1.1\u{0} 1.1.1.1 1 1\r\n", "PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n",
    ])
    func otherLinesAreRefused(_ text: String) { #expect(read(text) == .invalid) }

    @Test func aLineHasAnEnd() {
        #expect(read("PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n") == .header(count: 107, source: nil))
        #expect(read("PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n") == .invalid)
        #expect(read("PROXY UNKNOWN " + String(repeating: "x", count: 200)) == .invalid)
    }

    @Test func everyBeginningIsIncomplete() {
        let source = Self.four(10, 1, 2, 3, 80)
        for version in 1...2 {
            let header = ProxyProtocolInvariants.write(version, source, source)
            for count in 0..<header.count {
                #expect(ProxyProtocolInvariants.read(Array(header.prefix(count))) == .incomplete, "\(version) \(count)")
            }
        }
    }

    @Test func binary() {
        let four: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 7, 0xdc, 4, 1, 187]
        #expect(
            ProxyProtocolInvariants.read(Self.signature + [0x21, 0x11, 0, 12] + four)
                == .header(count: 28, source: Self.four(192, 0, 2, 1, 56324))
        )
        // With a TLV behind the addresses, and the client's first bytes behind that.
        #expect(
            ProxyProtocolInvariants.read(
                Self.signature + [0x21, 0x11, 0, 16] + four + [4, 0, 1, 9] + Array("GET".utf8)
            )
                == .header(count: 32, source: Self.four(192, 0, 2, 1, 56324))
        )
        for rest in [[0x20, 0, 0, 0], [0x21, 0, 0, 0], [0x20, 0x99, 0, 1, 7]] as [[UInt8]] {
            #expect(
                ProxyProtocolInvariants.read(Self.signature + rest) == .header(count: 12 + rest.count, source: nil)
            )
        }
        let unix = Self.signature + [0x21, 0x31, 0, 216] + [UInt8](repeating: 0, count: 216)
        #expect(ProxyProtocolInvariants.read(unix) == .header(count: 232, source: nil))
    }

    @Test(arguments: [
        // Version, command, family, transport, length.
        [0x11, 0x11, 0, 12], [0x31, 0x11, 0, 12], [0x22, 0x11, 0, 12], [0x21, 0x12, 0, 12], [0x21, 0x41, 0, 12],
        [0x21, 0x11, 0, 11], [0x21, 0x21, 0, 12], [0x21, 0x31, 0, 215], [0x21, 0x11, 0x10, 0],
    ])
    func otherBinaryIsRefused(_ rest: [UInt8]) {
        let bytes = Self.signature + rest + [UInt8](repeating: 1, count: 300)
        #expect(ProxyProtocolInvariants.read(bytes) == .invalid)
        var wrong = Self.signature + [0x21, 0x11, 0, 12] + [UInt8](repeating: 1, count: 12)
        wrong[7] ^= 1
        #expect(ProxyProtocolInvariants.read(wrong) == .invalid)
    }

    @Test func written() {
        let source = Self.four(192, 0, 2, 1, 56324)
        let here = Self.four(127, 0, 0, 1, 80)
        func text(_ source: ProxyProtocol.Endpoint?, _ destination: ProxyProtocol.Endpoint?) -> String {
            String(decoding: ProxyProtocolInvariants.write(1, source, destination), as: UTF8.self)
        }
        #expect(text(source, here) == "PROXY TCP4 192.0.2.1 127.0.0.1 56324 80\r\n")
        #expect(text(Self.v6, here) == "PROXY TCP6 2001:db8::1 ::ffff:127.0.0.1 443 80\r\n")
        #expect(text(nil, here) == "PROXY UNKNOWN\r\n")
        #expect(ProxyProtocolInvariants.write(2, nil, nil) == Self.signature + [0x20, 0, 0, 0])
        let mixed = ProxyProtocolInvariants.write(2, Self.v6, here)
        #expect(mixed.count == 52)
        #expect(ProxyProtocolInvariants.read(mixed) == .header(count: 52, source: Self.v6))
        let longest = ProxyProtocol.Endpoint(high: .max, low: .max, port: .max)
        #expect(ProxyProtocolInvariants.write(1, longest, longest).count <= ProxyProtocol.writtenBytesMax)
    }

    @Test func anyBytesKeepTheRules() {
        var random = SeededRandom(seed: 7)
        let source = Self.four(10, 1, 2, 3, 80)
        let seeds = [
            ProxyProtocolInvariants.write(1, source, source), ProxyProtocolInvariants.write(2, source, source),
            ProxyProtocolInvariants.write(1, Self.v6, Self.v6), ProxyProtocolInvariants.write(2, Self.v6, source),
            Array("PROXY UNKNOWN x y\r\n".utf8),
        ]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                } else {
                    bytes.insert(UInt8.random(in: 32...57, using: &random), at: place)
                }
            }
            if let violation = ProxyProtocolInvariants.violation(bytes) {
                Issue.record("\(violation): \(bytes)")
                return
            }
        }
    }
}
