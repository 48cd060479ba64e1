import PoolModel
internal import PoolTOML

extension ProfileCodec<Address> {
    static let address = ProfileCodec(
        type: "address",
        expected: "an address such as \"127.0.0.1:8080\"",
        reading: { value, problems in
            guard case .string(let text) = value.kind else {
                var suggestion: String?
                if case .integer(let port) = value.kind { suggestion = "write \"0.0.0.0:\(port)\"" }
                problems.append(
                    .expected(
                        "an address such as \"0.0.0.0:8080\", \"[::]:8080\" or \"unix:/path\"",
                        found: value,
                        suggestion: suggestion
                    )
                )
                return nil
            }
            do throws(TemplateError) {
                return try AddressText.read(text)
            } catch {
                problems.append(
                    ProfileProblem(position: value.position, message: error.message, suggestion: error.suggestion)
                )
                return nil
            }
        },
        write: { quoted($0.description) }
    )
}

extension ProfileCodec<String> {
    /// An address range, `10.0.0.0/8`, or a single address.
    static let addressRange = text.checked { text in
        guard !isAddressRange(text) else { return nil }
        let remedy = "write \"10.0.0.0/8\", \"192.0.2.7\", \"fd00::/8\", or \"unix:\" for unix sockets"
        return ("\(quoted(text)) is no address range", remedy)
    }

    static func isAddressRange(_ text: String) -> Bool {
        if text == "unix:" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isV4 = AddressText.isIPv4(String(parts[0]))
        guard isV4 || AddressText.isIPv6(String(parts[0])) else { return false }
        if parts.count == 1 { return true }
        guard parts.count == 2, parts[1].utf8.allSatisfy(isDigit), let bits = UInt8(parts[1]) else { return false }
        return bits <= (isV4 ? 32 : 128)
    }

    /// A field name of HTTP: a token of RFC 9110.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { isDigit($0) || isLetter($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// The path of a request: it goes into a request line as it is.
    static let requestPath = text.checked { path in
        let isPath = path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") }
        return isPath
            ? nil : ("\(quoted(path)) is no path of a request", "write \"/health\", with anything else percent-encoded")
    }

    /// A host, or all hosts below one.
    static let serverName = text.checked { name in
        isServerName(name)
            ? nil : ("\(quoted(name)) is no host", "write \"example.org\" or \"*.example.org\", without a port")
    }

    static func isServerName(_ name: String) -> Bool {
        let host = name.hasPrefix("*.") ? name.dropFirst(2) : name[...]
        let isAddress = AddressText.isIPv4(String(host)) || host.hasPrefix("[") && host.hasSuffix("]")
        let isName = host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
        return host.utf8.count <= 253 && (isAddress || isName)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.allSatisfy { isDigit($0) || isLetter($0) || "-_".utf8.contains($0) }
    }

    /// A Host of a request: a name or address, perhaps with a port.
    static let host = text.checked { host in
        let isHost = host.utf8.allSatisfy { isDigit($0) || isLetter($0) || "-._:[]".utf8.contains($0) }
        return isHost ? nil : ("\(quoted(host)) is no host", "write \"example.com\"")
    }
}

extension ProfileCodec<[HeaderRule]> {
    /// Fields that say where a message ends or to whom a connection belongs: the proxy's own.
    private static let ownFields: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// `Name = "value"` sets, `Name = false` removes; in the order of the text.
    static let headerRules: ProfileCodec<[HeaderRule]> = {
        var codec = ProfileCodec<[HeaderRule]>(
            type: "table of string, or false",
            expected: "a table of names and values",
            reading: { value, problems in
                guard case .table(let table) = value.kind else {
                    problems.append(.expected("a table such as { X-Name = \"value\" }", found: value))
                    return nil
                }
                var seen: Set<String> = []
                return table.entries.compactMap { entry in
                    if let message = refusal(of: entry.key, seen: &seen) {
                        problems.append(ProfileProblem(position: entry.keyPosition, message: message))
                        return nil
                    }
                    return fieldValue.read(entry.value, &problems).map { HeaderRule(name: entry.key, value: $0) }
                }
            },
            write: { inlineTable(entries($0)) }
        )
        codec.writeLines = { entries($0) }
        return codec
    }()

    private static func entries(_ rules: [HeaderRule]) -> [String] {
        rules.map { "\(tomlKey($0.name)) = \($0.value.map(quoted) ?? "false")" }
    }

    /// What is wrong with a rule that another configuration asks for; nil where nothing is.
    static func refusal(of rule: HeaderRule) -> String? {
        var seen: Set<String> = []
        if let message = refusal(of: rule.name, seen: &seen) { return message }
        return rule.value?.utf8.contains(where: isControl) == true ? "its value has control characters" : nil
    }

    private static func refusal(of name: String, seen: inout Set<String>) -> String? {
        if !ProfileCodec<String>.isToken(name) { return "\(quoted(String(name.prefix(40)))) is no name of a header" }
        if ownFields.contains(name.lowercased()) { return "\(name) is the proxy's own and cannot be changed here" }
        if !seen.insert(name.lowercased()).inserted { return "\(name) is already given; case does not matter" }
        return nil
    }

    /// Visible characters, blanks and tabs: a line end would start another header.
    private static let fieldValue = ProfileCodec<String>(
        "string",
        expected: "a string without control characters",
        read: { if case .string(let text) = $0, !text.utf8.contains(where: isControl) { text } else { nil } },
        write: quoted
    ).optional
}

extension ProfileCodec<AccessLogSpec> {
    static let formatNames = ["aiohttp", "gunicorn", "common", "combined", "json"]

    /// `"combined"`, or `{ format = "combined", path = "/var/log/access.log" }`.
    static let accessLog = ProfileCodec(
        type: "string, or table of format and path",
        expected: "a format such as \"combined\", or { format = …, path = … }",
        reading: { value, problems in
            guard case .table(let table) = value.kind else {
                return format.read(value, &problems).map { AccessLogSpec(format: $0) }
            }
            var spec = AccessLogSpec(format: "combined")
            for entry in table.entries {
                switch entry.key {
                case "format": if let text = format.read(entry.value, &problems) { spec.format = text }
                case "path":
                    if let text = ProfileCodec<String>.path.optional.read(entry.value, &problems) { spec.path = text }
                default:
                    let near = NearestName.among(["format", "path"], to: entry.key).first.map { "did you mean \($0)" }
                    problems.append(
                        ProfileProblem(
                            position: entry.keyPosition,
                            message: "unknown key \(quoted(entry.key)) in access_log",
                            suggestion: near ?? "known are format and path"
                        )
                    )
                }
            }
            return spec
        },
        write: { spec in
            guard let path = spec.path else { return quoted(spec.format) }
            return "{ format = \(quoted(spec.format)), path = \(quoted(path)) }"
        }
    )

    /// A name of a format, or a pattern, which is known by its `%`.
    private static let format = ProfileCodec<String>.text.checked { text in
        if text.utf8.contains(UInt8(ascii: "%")) || formatNames.contains(text) { return nil }
        let near = NearestName.among(formatNames, to: text).first.map { "did you mean \(quoted($0))" }
        let known = "known are \(formatNames.joined(separator: ", ")), or a pattern as in \"%a %t %r %s %b\""
        return ("\(quoted(String(text.prefix(40)))) is no access log format", near ?? known)
    }
}

extension ProfileCodec<ClosedRange<Int>> {
    /// `200`, `"200-399"`.
    static let statuses = ProfileCodec(
        "status or range",
        expected: "a status such as 200, or a range such as \"200-399\"",
        read: {
            switch $0 {
            case .integer(let status) where (100...599).contains(status): return Int(status)...Int(status)
            case .string(let text):
                let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
                    end.utf8.count == 3 && end.utf8.allSatisfy(isDigit) ? Int(end) ?? 0 : 0
                }
                guard let low = ends.first, let high = ends.last, ends.count <= 2, low <= high, low >= 100, high <= 599
                else { return nil }
                return low...high
            default: return nil
            }
        },
        write: { $0.count == 1 ? "\($0.lowerBound)" : "\"\($0.lowerBound)-\($0.upperBound)\"" }
    )
}
