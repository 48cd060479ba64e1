import PoolModel
internal import PoolTOML

extension ProfileCodec<Bool> {
    static let boolean = ProfileCodec<Bool>(
        "boolean",
        expected: "true or false",
        read: { if case .boolean(let value) = $0 { value } else { nil } },
        write: { "\($0)" }
    )
}

extension ProfileCodec where Value: FixedWidthInteger {
    static func integer(_ range: ClosedRange<Value>) -> ProfileCodec<Value> {
        ProfileCodec<Value>(
            "integer",
            expected: "an integer from \(range.lowerBound) to \(range.upperBound)",
            read: {
                guard case .integer(let wide) = $0, let value = Value(exactly: wide), range.contains(value) else {
                    return nil
                }
                return value
            },
            write: { "\($0)" }
        )
    }
}

extension ProfileCodec<Double> {
    /// A part of a whole.
    static let share = ProfileCodec<Double>(
        "number",
        expected: "a number from 0 to 1",
        read: {
            switch $0 {
            case .float(let value) where (0...1).contains(value): value
            case .integer(let value) where (0...1).contains(value): Double(value)
            default: nil
            }
        },
        write: { "\($0)" }
    )
}

extension ProfileCodec<Duration> {
    static let duration = duration(from: .zero)

    static func duration(from least: Duration, through most: Duration = Quantity.durationMax) -> ProfileCodec<Duration>
    {
        var expected = "a duration such as \"30s\", \"500ms\", \"2m\" or a number of seconds"
        if least > .zero || most < Quantity.durationMax {
            expected += ", from \(Quantity.text(least)) to \(Quantity.text(most))"
        }
        return ProfileCodec<Duration>(
            "duration",
            expected: expected,
            read: {
                let duration: Duration?
                switch $0 {
                case .string(let text): duration = Quantity.duration(text)
                case .integer(let seconds) where (0...Int64(Quantity.durationMax.inSeconds)).contains(seconds):
                    duration = .seconds(seconds)
                case .float(let seconds) where seconds >= 0 && seconds <= Quantity.durationMax.inSeconds:
                    duration = .nanoseconds(Int64((seconds * 1_000_000_000).rounded()))
                default: duration = nil
                }
                return duration.flatMap { $0 >= least && $0 <= most ? $0 : nil }
            },
            write: { quoted(Quantity.text($0)) }
        )
    }
}

extension ProfileCodec<UInt64> {
    static func size(_ range: ClosedRange<UInt64>) -> ProfileCodec<UInt64> {
        let most = range.upperBound < UInt64(Int64.max)
        let bounds = ", from \(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
        return ProfileCodec<UInt64>(
            "size",
            expected: "a size such as \"10M\", \"4G\" or a number of bytes" + (most ? bounds : ""),
            read: {
                let size: UInt64?
                switch $0 {
                case .string(let text): size = Quantity.size(text)
                case .integer(let bytes): size = UInt64(exactly: bytes)
                default: size = nil
                }
                return size.flatMap { range.contains($0) ? $0 : nil }
            },
            write: { $0 < 1024 ? "\($0)" : quoted(Quantity.text(bytes: $0)) }
        )
    }
}

extension ProfileCodec<Int> {
    /// A size that the model holds as an `Int`.
    static func size(_ range: ClosedRange<Int>) -> ProfileCodec<Int> {
        let codec = ProfileCodec<UInt64>.size(UInt64(range.lowerBound)...UInt64(range.upperBound))
        return ProfileCodec<Int>(
            type: codec.type,
            expected: codec.expected,
            reading: { value, problems in codec.read(value, &problems).map { Int(clamping: $0) } },
            write: { codec.write(UInt64(clamping: $0)) }
        )
    }
}

extension ProfileCodec<String> {
    /// Text on one line, not empty: no control character reaches a command line, a file name or a log.
    static let text = ProfileCodec<String>(
        "string",
        expected: "a string in quotes, on one line and not empty",
        read: {
            if case .string(let text) = $0, !text.isEmpty, !text.utf8.contains(where: isControl) { text } else { nil }
        },
        write: quoted
    )

    /// Any text but NUL, which ends an argument: an argument may be empty or hold line ends.
    static let argument = ProfileCodec<String>(
        "string",
        expected: "a string in quotes",
        read: { if case .string(let text) = $0, !text.utf8.contains(0) { text } else { nil } },
        write: quoted
    )

    /// As ``argument``, with templates.
    static let template = argument.withTemplates

    /// As ``text``, with templates.
    static let path = text.withTemplates

    private var withTemplates: ProfileCodec<String> {
        var codec = checked { text in
            do throws(TemplateError) {
                _ = try Template(text)
                return nil
            } catch {
                return (error.message, error.suggestion)
            }
        }
        codec.type = "string with templates"
        return codec
    }
}

extension ProfileCodec where Value: CaseIterable & RawRepresentable & Equatable, Value.RawValue == String {
    /// One of an enumeration's names.
    static func choice(_ values: [Value]) -> ProfileCodec<Value> {
        let names = values.map(\.rawValue)
        let expected = "one of " + names.map(quoted).joined(separator: ", ")
        return ProfileCodec<Value>(
            type: names.map(quoted).joined(separator: " or "),
            expected: expected,
            reading: { value, problems in
                if case .string(let text) = value.kind {
                    if let found = Value(rawValue: text), values.contains(found) { return found }
                    let near = NearestName.among(names, to: text).first.map { "did you mean \(quoted($0))" }
                    problems.append(.expected(expected, found: value, suggestion: near))
                } else {
                    problems.append(.expected(expected, found: value))
                }
                return nil
            },
            write: { quoted($0.rawValue) }
        )
    }
}
