import PoolModel
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("unix:/run/a.sock", Address.unix(path: "/run/a.sock")),
        ("tcp:127.0.0.1:80", .tcp(host: "127.0.0.1", port: 80)),
        ("[::]:8080", .tcp(host: "::", port: 8080)), ("localhost:1", .tcp(host: "localhost", port: 1)),
    ])
    func reads(text: String, address: Address) {
        #expect(Address(text) == address)
        #expect(Address(address.description) == address)
    }

    @Test(arguments: [
        "", "8080", "unix:", "unix:relative", ":80", "host:", "host:0", "host:65536", "host:+80", "::1:80", "[host]:80",
        "unix:/" + String(repeating: "x", count: 107),
    ])
    func refuses(text: String) {
        #expect(Address(text) == nil)
    }
}
