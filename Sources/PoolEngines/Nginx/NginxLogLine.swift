package import PoolModel

/// What nginx says of one request, by syslog: `<190>Nov 22 23:00:00 p: 200|0.052|80|173|unix:/run/a.sock|0.051`.
package struct NginxLogLine: Hashable {
    package var isProbe: Bool
    package var status: Int
    /// nginx knows milliseconds only.
    package var microseconds: UInt64
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    /// The workers that were tried, in turn; empty for files, redirects and refusals.
    package var workers: [Address]
    /// Whether the last one answered at all.
    package var isAnswered: Bool

    /// nil for what is no line of ours.
    package init?(_ text: String) {
        guard let mark = text.firstRange(of: ": ") else { return nil }
        isProbe = text[..<mark.lowerBound].hasSuffix("probe")
        let parts = text[mark.upperBound...].split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 6, let status = Int(parts[0]), let seconds = Double(parts[1]),
            (0...1_000_000).contains(seconds), let bytesIn = UInt64(parts[2]), let bytesOut = UInt64(parts[3])
        else { return nil }
        self.status = status
        microseconds = UInt64(seconds * 1_000_000)
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        // `, ` stands between servers, ` : ` between groups of them.
        workers = parts[4].replacing(" : ", with: ", ").split(separator: ",").compactMap { part in
            Address(String(part.drop { $0 == " " }))
        }
        isAnswered = parts[5].split(separator: " ").last.map { $0 != "-" } ?? false
    }
}

/// What `stub_status` says.
package struct NginxStatus: Hashable {
    package var active: UInt64
    package var accepted: UInt64
    package var requests: UInt64

    /// - Parameter text: the answer, head included.
    package init?(_ text: String) {
        guard let active = text.firstRange(of: "Active connections: "),
            let requests = text.firstRange(of: "requests\n"),
            let count = UInt64(text[active.upperBound...].prefix { $0.isNumber })
        else { return nil }
        let numbers = text[requests.upperBound...].prefix { $0 != "\n" && $0 != "\r\n" }.split(separator: " ")
        guard numbers.count == 3, let accepted = UInt64(numbers[0]), let total = UInt64(numbers[2]) else { return nil }
        self.active = count
        self.accepted = accepted
        self.requests = total
    }
}
