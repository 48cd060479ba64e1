@testable import PoolHTTP
import Testing

@Suite struct AddressRangesTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "9.9.9.9", true), ("0.0.0.0/0", "::1", false),
        ("::/0", "9.9.9.9", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true),
        ("fd00::/8", "fd12::1", true), ("fd00::/8", "fc00::1", false), ("::1", "::1", true), ("::1", "::2", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("2001:db8::1/128", "2001:db8::1", true),
    ])
    func contains(_ range: String, _ address: String, _ isIn: Bool) throws {
        let ranges = try AddressRanges([range])
        #expect(ranges.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "10", "10.0.0", "10.0.0.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
        "a.b.c.d",
        ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::g", "1:2:3:4:5:6:7::8:9", ":1::2",
        "::1/129",
        "fd00::%eth0", "1:2:3:4:5:6:7:",
    ])
    func refuses(_ text: String) {
        #expect(throws: AddressRanges.Invalid(text: text)) { _ = try AddressRanges([text]) }
    }

    @Test func notations() {
        #expect(IPAddress("::") == IPAddress("0:0:0:0:0:0:0:0"))
        #expect(IPAddress("1::") == IPAddress("1:0:0:0:0:0:0:0"))
        #expect(IPAddress("::ffff:1.2.3.4") == IPAddress("1.2.3.4"))
        #expect(IPAddress("ABCD::1") == IPAddress("abcd:0::0:1"))
        #expect(IPAddress(bytes: [127, 0, 0, 1]) == IPAddress("127.0.0.1"))
        #expect(IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1]) == IPAddress("::1"))
        #expect(IPAddress(bytes: [1, 2]) == nil)
    }

    @Test func unixSockets() throws {
        #expect(try AddressRanges(["unix:"]).hasUnix)
        #expect(try !AddressRanges(["10.0.0.0/8"]).hasUnix)
        #expect(try AddressRanges([]).isEmpty)
    }
}
