/// The format of an access log, compiled from its name or pattern.
///
/// | aiohttp | gunicorn | |
/// |---|---|---|
/// | `%%` | `%%` | a percent sign |
/// | `%a` | `%(h)s` | the client's address |
/// | `%t` | `%(t)s` | when the request began, in UTC: `[10/Oct/2000:13:55:36 +0000]` |
/// | `%P` | `%(p)s` | the process: `<1234>` |
/// | `%r` | `%(r)s` | the request line |
/// | `%s` | `%(s)s` | the status |
/// | `%b` | | bytes of the answer, its head included |
/// | | `%(B)s` | bytes of the answer's body; `%(b)s` has `-` where there was no answer |
/// | `%T`, `%Tf`, `%D` | `%(T)s`, `%(L)s`, `%(D)s` | the time taken: seconds, with six decimals, microseconds; `%(M)s` milliseconds |
/// | `%{X}i`, `%{X}o` | `%({X}i)s`, `%({X}o)s` | a request field, a response field |
/// | | `%(m)s %(U)s %(q)s %(H)s` | method, path, query, version |
/// | | `%(f)s %(a)s` | Referer, User-Agent |
/// | | `%(u)s` | the user of `Authorization: Basic` |
/// | | `%(l)s %({X}e)s` | unknown to a proxy: `-` |
///
/// And of our own, `%{X}x` or `%({X}x)s`: `pool`, `worker`, `attempts`, `queue`, `connect`, `first-byte`, `total` (milliseconds
/// with three decimals), `bytes-in`, `bytes-out`, `termination`, `request-id`.
package struct AccessFormat: Hashable, Sendable {
    /// What is wrong with a pattern, and where.
    package struct Issue: Error, Hashable, Sendable, CustomStringConvertible {
        /// Bytes before the specifier.
        package let offset: Int
        package let specifier: String
        package var description: String {
            "\"\(specifier)\" at byte \(offset) is no specifier of an access log: use one of aiohttp's or gunicorn's, or %%"
        }
    }

    let items: [AccessItem]
    let isJSON: Bool

    /// The named formats.
    package static let names = ["aiohttp", "gunicorn", "common", "combined", "json"]

    /// - Parameter text: a name, or a pattern.
    package init(_ text: String) throws(Issue) {
        isJSON = text == "json"
        switch text {
        case "json": items = AccessFormat.json
        case "aiohttp": items = try AccessFormat.parse("%a %t \"%r\" %s %b \"%{Referer}i\" \"%{User-Agent}i\"")
        case "gunicorn":
            items = try AccessFormat.parse("%(h)s %(l)s %(u)s %(t)s \"%(r)s\" %(s)s %(b)s \"%(f)s\" \"%(a)s\"")
        case "common": items = try AccessFormat.parse("%(h)s - %(u)s %(t)s \"%(r)s\" %(s)s %(b)s")
        case "combined": items = try AccessFormat.parse("%(h)s - %(u)s %(t)s \"%(r)s\" %(s)s %(b)s \"%(f)s\" \"%(a)s\"")
        default: items = try AccessFormat.parse(text)
        }
    }

    private static func parse(_ pattern: String) throws(Issue) -> [AccessItem] {
        var parser = AccessPatternParser(pattern)
        return try parser.items()
    }

    private static var json: [AccessItem] {
        var items: [AccessItem] = []
        func add(_ key: String, _ kind: AccessItem.Kind, field: String = "", isString: Bool = true) {
            let separator = items.isEmpty ? "{" : ","
            items.append(AccessItem(kind: .literal, text: Array("\(separator)\"\(key)\":".utf8)))
            items.append(AccessItem(kind: kind, text: Array(field.utf8), isString: isString))
        }
        add("time", .timeRFC3339)
        add("client", .peer)
        add("method", .method)
        add("target", .target)
        add("version", .version)
        add("host", .requestField, field: "host")
        add("status", .status, isString: false)
        add("bytes", .bodyBytes, isString: false)
        add("referer", .requestField, field: "referer")
        add("userAgent", .requestField, field: "user-agent")
        add("requestId", .requestID)
        add("pool", .pool)
        add("worker", .worker)
        add("attempts", .attempts, isString: false)
        add("queueMs", .queueTime, isString: false)
        add("connectMs", .connectTime, isString: false)
        add("firstByteMs", .firstByteTime, isString: false)
        add("totalMs", .totalTime, isString: false)
        add("bytesIn", .bytesIn, isString: false)
        add("bytesOut", .bytesOut, isString: false)
        add("termination", .termination)
        items.append(AccessItem(kind: .literal, text: [UInt8(ascii: "}")]))
        return items
    }
}
