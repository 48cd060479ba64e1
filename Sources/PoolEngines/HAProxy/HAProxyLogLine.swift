package import PoolHTTP

/// What HAProxy says of one request: `p|example/example_1|200|52|80|173|--|0`.
package struct HAProxyLogLine: Hashable {
    package var isProbe: Bool
    /// `BACKEND/SERVER`; the server is `<NOSRV>` where none was chosen.
    package var server: String
    package var status: Int
    /// HAProxy knows milliseconds only.
    package var microseconds: UInt64
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    package var ending: Termination
    package var retries: Int

    /// nil for what is no line of ours: HAProxy tells of its servers' states on the same socket.
    package init?(_ text: String) {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.filter { !$0.isNewline } }
        guard parts.count == 8, parts[0] == "p" || parts[0] == "probe", let status = Int(parts[2]),
            let milliseconds = Int64(parts[3]), let bytesIn = UInt64(parts[4]), let bytesOut = UInt64(parts[5]),
            let ending = Termination(haproxy: parts[6])
        else { return nil }
        isProbe = parts[0] == "probe"
        server = parts[1]
        self.status = status
        // -1 where the request never came to its end.
        microseconds = UInt64(max(0, min(milliseconds, 1_000_000_000))) * 1000
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.ending = ending
        // `+1` tells that the last one went to another server.
        let digits = parts[7].drop { $0 == "+" }
        guard let retries = Int(digits), retries >= 0 else { return nil }
        self.retries = retries
    }
}

extension Termination {
    /// From the two letters of HAProxy's log, which ours are after; it knows a few causes more.
    ///
    /// | HAProxy | ours |
    /// |---|---|
    /// | `L`, answered by itself | `-`, nobody |
    /// | `D`, `U`: its server went down, or a better one came up | `K`, the proxy cut it |
    /// | `I`, an error of its own | `R`, resources |
    /// | phase `L`: the last bytes to the client | `D` |
    package init?(haproxy code: String) {
        let letters = Array(code.utf8)
        guard letters.count == 2 else { return nil }
        let cause: Cause? =
            switch letters[0] {
            case UInt8(ascii: "L"): Cause.none
            case UInt8(ascii: "D"), UInt8(ascii: "U"): .killed
            case UInt8(ascii: "I"): .resources
            default: Cause(rawValue: letters[0])
            }
        let phase = letters[1] == UInt8(ascii: "L") ? Phase.data : Phase(rawValue: letters[1])
        guard let cause, let phase else { return nil }
        self.init(cause, phase)
    }
}
