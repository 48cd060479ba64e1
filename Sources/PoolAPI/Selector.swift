package import PoolModel

/// Which workers are meant, in the words of people:
///
/// | selector | means |
/// |---|---|
/// | `all`, `*` | every worker |
/// | `3` | the worker with this number |
/// | `1-4` | the workers with these numbers, both ends included |
/// | `example_3` | the worker of this name |
/// | `example` | every worker of the pool |
/// | `state:fatal`, `health:unhealthy`, `admin:drain` | the workers in this condition |
/// | `state:healthy` | the same; the condition is looked for in all three axes |
/// | `example/3`, `example/state:fatal` | the same within one pool |
/// | `example:*`, `example:example_3` | supervisorctl's spelling |
package struct Selector: Hashable, Sendable, CustomStringConvertible {
    package enum Condition: Hashable, Sendable {
        case state(ProcessState)
        case health(Health)
        case admin(AdminState)
        /// Takes requests now, or does not.
        case routable(Bool)
    }

    package enum Choice: Hashable, Sendable {
        case all
        case number(Int)
        case numbers(ClosedRange<Int>)
        /// A worker's or a pool's name.
        case name(String)
        case condition(Condition)
    }

    /// The text as it was given.
    package var description: String
    /// nil is any pool.
    package var pool: String?
    package var choice: Choice

    /// Reads one selector. Throws `invalid-argument` that says what is wrong with it.
    package init(_ text: String) throws(PoolError) {
        description = text
        guard text.utf8.count <= 128, !text.isEmpty else {
            throw PoolError(.invalidArgument, text.isEmpty ? "a selector is empty" : "a selector is over 128 bytes")
        }
        var rest = text[...]
        if let slash = rest.firstIndex(of: "/") {
            pool = String(rest[..<slash])
            rest = rest[rest.index(after: slash)...]
        } else if let colon = rest.firstIndex(of: ":"), Selector.axes[String(rest[..<colon])] == nil,
            rest[rest.index(after: colon)...] == "*" || WorkerID(String(rest[rest.index(after: colon)...])) != nil
        {
            pool = String(rest[..<colon])
            rest = rest[rest.index(after: colon)...]
        }
        if let pool, !Selector.isName(pool) {
            throw PoolError(.invalidArgument, "selector \(text): \(pool) is not a pool's name")
        }
        choice = try Selector.choice(String(rest), in: text)
    }

    /// Reads a list as a command line has it: each argument may hold several, separated by commas.
    package static func list(_ texts: [String]) throws(PoolError) -> [Selector] {
        var selectors: [Selector] = []
        for text in texts {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                selectors.append(try Selector(String(part)))
            }
        }
        return selectors
    }

    private static let axes: [String: [String: Condition]] = {
        var states: [String: Condition] = [:]
        var healths: [String: Condition] = [:]
        var admins: [String: Condition] = ["maint": .admin(.maintenance)]
        for state in ProcessState.allCases { states[state.rawValue.lowercased()] = .state(state) }
        for health in Health.allCases { healths[health.rawValue] = .health(health) }
        for admin in AdminState.allCases { admins[admin.rawValue] = .admin(admin) }
        let others: [String: Condition] = ["routable": .routable(true), "unroutable": .routable(false)]
        let all = [healths, admins, others].reduce(states) { $0.merging($1) { first, _ in first } }
        return ["state": all, "health": healths, "admin": admins]
    }()

    private static func choice(_ text: String, in whole: String) throws(PoolError) -> Choice {
        if text == "all" || text == "*" { return .all }
        if let colon = text.firstIndex(of: ":") {
            return .condition(
                try condition(String(text[..<colon]), String(text[text.index(after: colon)...]), in: whole)
            )
        }
        if let number = number(text) { return .number(number) }
        if let dash = text.firstIndex(of: "-"), let low = number(text[..<dash]),
            let high = number(text[text.index(after: dash)...])
        {
            guard low <= high else {
                throw PoolError(.invalidArgument, "selector \(whole): \(low) is more than \(high)")
            }
            return .numbers(low...high)
        }
        guard isName(text) else {
            throw PoolError(
                .invalidArgument,
                "\(whole) is not a selector",
                remedy: "use a name (example_3), a number (3), a range (1-4), state:unhealthy or all"
            )
        }
        return .name(text)
    }

    private static func condition(_ axis: String, _ value: String, in whole: String) throws(PoolError) -> Condition {
        guard let known = axes[axis] else {
            throw PoolError(
                .invalidArgument,
                "selector \(whole): unknown condition \(axis)",
                remedy: "use state:, health: or admin:"
            )
        }
        guard let condition = known[value.lowercased()] else {
            throw PoolError(
                .invalidArgument,
                "selector \(whole): unknown \(axis) \(value)",
                remedy: NearestName.hint(known.keys.sorted(), to: value)
                    ?? "known are \(known.keys.sorted().joined(separator: ", "))"
            )
        }
        return condition
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return Int(text)
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
