import PoolModel
internal import PoolTOML

extension ProfileCodec<WorkerSpec.Autorestart> {
    /// supervisord's three values.
    static let autorestart = ProfileCodec(
        "boolean or \"unexpected\"",
        expected: "true, false or \"unexpected\"",
        read: {
            switch $0 {
            case .boolean(true): .always
            case .boolean(false): .never
            case .string("unexpected"): .unexpected
            default: nil
            }
        },
        write: {
            switch $0 {
            case .always: "true"
            case .never: "false"
            case .unexpected: "\"unexpected\""
            }
        }
    )
}

extension ProfileCodec<[String]> {
    /// argv: a single string is refused, because nobody here splits it as a shell would.
    static let command = ProfileCodec(
        type: "array of string with templates",
        expected: "an array of strings",
        reading: { value, problems in
            if case .string(let text) = value.kind {
                let words = text.split(separator: " ").map { quoted(String($0)) }.joined(separator: ", ")
                let suggestion = text.utf8.count <= 200 ? "write [\(words)]; no shell reads it" : nil
                problems.append(.expected("an array of strings", found: value, suggestion: suggestion))
                return nil
            }
            guard let words = ProfileCodec<String>.template.array.read(value, &problems) else { return nil }
            guard words.first.map({ !$0.isEmpty }) == true else {
                problems.append(.expected("a program and its arguments", found: value))
                return nil
            }
            return words
        },
        write: ProfileCodec<String>.template.array.write
    )
}

extension ProfileCodec<String> {
    /// Signals that a program can be asked to stop with, without SIG.
    static let signalNames = [
        "TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "ABRT", "ALRM", "CONT", "PIPE", "KILL",
    ]

    static let signal = ProfileCodec(
        type: "signal",
        expected: "a signal such as \"TERM\"",
        reading: { value, problems in
            guard case .string(let text) = value.kind else {
                problems.append(.expected("a signal such as \"TERM\"", found: value))
                return nil
            }
            let upper = text.uppercased()
            let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
            if signalNames.contains(name) { return name }
            let near = NearestName.among(signalNames, to: name).first.map { "did you mean \(quoted($0))" }
            problems.append(.expected("one of \(signalNames.joined(separator: ", "))", found: value, suggestion: near))
            return nil
        },
        write: quoted
    )

    /// A name of the user or group database, or a number.
    static let account = text.checked { name in
        let isName =
            name.utf8.count <= 32 && !name.hasPrefix("-")
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && (isBareKeyByte(UInt8($0.value)) || "$.@".contains(Character($0)))
            }
        return isName ? nil : ("\(quoted(name)) is no name of a user or group", nil)
    }

    /// It becomes part of file names, process titles and metrics.
    static let poolName = text.checked { name in
        let first = name.utf8.first.map { isDigit($0) || isLower($0) } ?? false
        let rest = name.utf8.allSatisfy {
            isDigit($0) || isLower($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        guard first, rest, name.utf8.count <= 32 else {
            return (
                "\(quoted(String(name.prefix(40)))) is no name of a pool",
                "use 1 to 32 of a-z, 0-9, _ and -, a letter or digit first"
            )
        }
        return nil
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
}

extension ProfileCodec<UInt16> {
    /// Octal in quotes: a bare 660 would be decimal in TOML.
    static func octal(through most: UInt16) -> ProfileCodec<UInt16> {
        ProfileCodec<UInt16>(
            type: "octal string",
            expected: "octal digits in quotes such as \"0660\"",
            reading: { value, problems in
                if case .string(let text) = value.kind, text.utf8.count <= 5, text.utf8.allSatisfy(isDigit),
                    let mode = UInt16(text, radix: 8), mode <= most
                {
                    return mode
                }
                var suggestion: String?
                if case .integer(let number) = value.kind, number >= 0, number <= 7777 {
                    suggestion = "put the octal digits in quotes; TOML reads a number without them as decimal"
                }
                let expected = "octal digits in quotes such as \"0660\", up to \(String(most, radix: 8))"
                problems.append(.expected(expected, found: value, suggestion: suggestion))
                return nil
            },
            write: { mode in
                let digits = String(mode, radix: 8)
                return quoted(String(repeating: "0", count: max(0, 4 - digits.count)) + digits)
            }
        )
    }
}

extension ProfileCodec<[String: String]> {
    /// `NAME = "value"`.
    static let environment = ProfileCodec<String>.template.table(type: "table of string with templates") { name in
        let isName =
            name.utf8.allSatisfy { isBareKeyByte($0) && $0 != UInt8(ascii: "-") }
            && name.utf8.first.map { !isDigit($0) } == true
        return isName
            ? nil : ("\(quoted(String(name.prefix(64)))) is no name of a variable", "use A-Z, a-z, 0-9 and _")
    }
}

extension ProfileCodec<[Int: Int]> {
    /// `NUMBER = weight`.
    static let weights: ProfileCodec<[Int: Int]> = {
        let named = ProfileCodec<Int>.integer(0...256).table(type: "table of integer") { name in
            number(of: name) == nil
                ? ("\(quoted(String(name.prefix(64)))) is no number of a worker", "write { 1 = 3 }") : nil
        }
        var codec = ProfileCodec<[Int: Int]>(
            type: named.type,
            expected: named.expected,
            reading: { value, problems in
                named.read(value, &problems).map { table in
                    Dictionary(table.compactMap { entry in number(of: entry.key).map { ($0, entry.value) } }) { $1 }
                }
            },
            write: { inlineTable(lines(of: $0)) }
        )
        codec.writeLines = lines
        return codec
    }()

    private static func lines(of weights: [Int: Int]) -> [String] {
        weights.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
    }

    /// As it is written in a worker's name: without a sign or a zero in front.
    private static func number(of name: String) -> Int? {
        Int(name).flatMap { $0 >= 0 && String($0) == name ? $0 : nil }
    }
}

extension ProfileCodec<[String: UInt64]> {
    /// The kernel's resource limits, by the names of setrlimit without RLIMIT_.
    static let limitNames = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio",
        "rttime", "sigpending", "stack",
    ]

    static let limits: ProfileCodec<[String: UInt64]> = limit.table(type: "table of size or \"unlimited\"") { name in
        if limitNames.contains(name) { return nil }
        let near = NearestName.among(limitNames, to: name).first.map { "did you mean \($0)" }
        return ("\(quoted(name)) is no resource limit", near ?? "known are \(limitNames.joined(separator: ", "))")
    }

    private static let limit: ProfileCodec<UInt64> = {
        let size = ProfileCodec<UInt64>.size(0...UInt64(Int64.max))
        return ProfileCodec<UInt64>(
            type: "size",
            expected: "a number, a size such as \"2G\" or \"unlimited\"",
            reading: { value, problems in
                if value.kind == .string("unlimited") { return .max }
                return size.read(value, &problems)
            },
            write: { $0 == .max ? "\"unlimited\"" : size.write($0) }
        )
    }()
}

extension ProfileCodec {
    /// A table whose keys are free but for a rule, all its values of this kind.
    func table(
        type: String,
        check: @escaping @Sendable (String) -> (message: String, suggestion: String?)?
    ) -> ProfileCodec<[String: Value]> {
        let codec = self
        let entries: @Sendable ([String: Value]) -> [String] = { values in
            values.sorted { $0.key < $1.key }.map { "\(tomlKey($0.key)) = \(codec.write($0.value))" }
        }
        var result = ProfileCodec<[String: Value]>(
            type: type,
            expected: "a table",
            reading: { value, problems in
                guard case .table(let table) = value.kind else {
                    problems.append(.expected("a table of names and values", found: value))
                    return nil
                }
                var result: [String: Value] = [:]
                for entry in table.entries {
                    if let (message, suggestion) = check(entry.key) {
                        problems.append(
                            ProfileProblem(position: entry.keyPosition, message: message, suggestion: suggestion)
                        )
                    } else {
                        result[entry.key] = codec.read(entry.value, &problems)
                    }
                }
                return result
            },
            write: { inlineTable(entries($0)) }
        )
        result.writeLines = entries
        return result
    }
}

/// The key as TOML writes it: bare where it can be.
func tomlKey(_ name: String) -> String {
    !name.isEmpty && name.utf8.allSatisfy(isBareKeyByte) ? name : quoted(name)
}

/// `{ a = 1, b = 2 }`.
func inlineTable(_ entries: [String]) -> String {
    entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
}
