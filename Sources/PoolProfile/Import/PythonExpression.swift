/// What a setting is computed of, as far as it can be known without running code: sums and products of literals, the
/// number of processors, environment variables.
struct PythonExpression {
    private let environment: ImportEnvironment
    private var rest: Substring

    /// nil for everything else.
    static func read(_ text: Substring, _ environment: ImportEnvironment) -> GunicornConfig.Value? {
        var reader = PythonExpression(environment: environment, rest: text)
        guard let value = reader.sum(depth: 0) else { return nil }
        reader.skip()
        return reader.rest.isEmpty || reader.rest.first == "#" ? value : nil
    }

    private mutating func skip() { rest = rest.drop(while: \.isWhitespace) }

    private mutating func takes(_ text: String) -> Bool {
        skip()
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    private mutating func sum(depth: Int) -> GunicornConfig.Value? {
        guard depth < 8, var value = product(depth: depth) else { return nil }
        while true {
            let isPlus = takes("+")
            guard isPlus || takes("-") else { return value }
            guard let other = product(depth: depth) else { return nil }
            switch (value, other) {
            case (.integer(let one), .integer(let two)):
                let (result, overflow) =
                    isPlus ? one.addingReportingOverflow(two) : one.subtractingReportingOverflow(two)
                guard !overflow else { return nil }
                value = .integer(result)
            case (.text(let one), .text(let two)) where isPlus: value = .text(one + two)
            default: return nil
            }
        }
    }

    private mutating func product(depth: Int) -> GunicornConfig.Value? {
        guard var value = atom(depth: depth) else { return nil }
        while takes("*") {
            guard case .integer(let one) = value, case .integer(let two)? = atom(depth: depth) else { return nil }
            let (result, overflow) = one.multipliedReportingOverflow(by: two)
            guard !overflow else { return nil }
            value = .integer(result)
        }
        return value
    }

    private mutating func atom(depth: Int) -> GunicornConfig.Value? {
        for name in ["multiprocessing.cpu_count()", "os.cpu_count()", "cpu_count()", "len(os.sched_getaffinity(0))"]
        where takes(name) {
            return .integer(environment.processors)
        }
        for name in ["os.environ.get(", "environ.get(", "os.getenv(", "getenv("] where takes(name) {
            guard case .text(let key)? = sum(depth: depth + 1) else { return nil }
            let other = takes(",") ? sum(depth: depth + 1) : GunicornConfig.Value.none
            guard takes(")"), let other else { return nil }
            return environment.variables[key].map(GunicornConfig.Value.text) ?? other
        }
        for name in ["os.environ[", "environ["] where takes(name) {
            guard case .text(let key)? = sum(depth: depth + 1), takes("]") else { return nil }
            return environment.variables[key].map(GunicornConfig.Value.text)
        }
        if takes("int(") {
            let value = sum(depth: depth + 1)
            guard takes(")") else { return nil }
            switch value {
            case .integer?: return value
            case .text(let text)?: return Int(text).map(GunicornConfig.Value.integer)
            default: return nil
            }
        }
        if takes("str(") {
            let value = sum(depth: depth + 1)
            guard takes(")"), case .integer(let number)? = value else { return nil }
            return .text(String(number))
        }
        if takes("(") {
            let value = sum(depth: depth + 1)
            return takes(")") ? value : nil
        }
        skip()
        if rest.first == "\"" || rest.first == "'" { return PythonLiteral.string(&rest).map(GunicornConfig.Value.text) }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return Int(digits).map(GunicornConfig.Value.integer)
    }
}
