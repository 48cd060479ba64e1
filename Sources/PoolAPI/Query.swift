package import PoolModel

/// The query of a request, checked against the parameters that its route takes.
package struct Query: Hashable, Sendable {
    private var values: [String: [String]] = [:]

    /// - Parameter text: What stands behind the `?`; nil or empty is no query.
    ///
    /// Throws `invalid-argument` for an unknown or repeated parameter and for a value of the wrong type.
    package init(_ text: String?, for route: Route) throws(PoolError) {
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
                let value = PercentCoding.decode(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else {
                throw PoolError(.invalidArgument, "the query is not percent-encoded UTF-8")
            }
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                let known = route.query.map(\.name)
                throw PoolError(
                    .invalidArgument,
                    "unknown parameter \(name)",
                    remedy: NearestName.hint(known, to: name)
                        ?? (known.isEmpty
                            ? "\(route.path) takes no parameters" : "known are \(known.joined(separator: ", "))")
                )
            }
            if let issue = parameter.issue(with: value) {
                throw PoolError(.invalidArgument, "parameter \(name): \(issue)")
            }
            if values[name] != nil, !parameter.isList {
                throw PoolError(.invalidArgument, "parameter \(name) is given twice")
            }
            values[name, default: []].append(value)
            guard list(name).count <= QueryParameter.itemsMax || !parameter.isText else {
                throw PoolError(.invalidArgument, "parameter \(name): more than \(QueryParameter.itemsMax) items")
            }
        }
    }

    package func text(_ name: String) -> String? { values[name]?.first }

    package func integer(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

    package func seconds(_ name: String) -> Duration? { text(name).flatMap { Double($0) }.map { .seconds($0) } }

    package func time(_ name: String) -> Timestamp? { text(name).flatMap { Timestamp($0) } }

    package func flag(_ name: String) -> Bool { text(name).map { $0 != "false" } ?? false }

    package func list(_ name: String) -> [String] {
        (values[name] ?? []).flatMap { $0.split(separator: ",").map(String.init) }
    }
}

extension QueryParameter {
    var isText: Bool { kind == .texts }

    var isList: Bool {
        switch kind {
        case .choices, .texts: true
        case .text, .integer, .seconds, .flag, .time, .choice: false
        }
    }

    private func listIssue(_ items: [Substring]) -> String? {
        if items.count > QueryParameter.itemsMax {
            return "more than \(QueryParameter.itemsMax) items: use a range (1-40) or a condition (state:running)"
        }
        let isLong = items.contains { $0.unicodeScalars.count > QueryParameter.itemMax }
        return isLong ? "an item is longer than \(QueryParameter.itemMax) characters" : nil
    }

    /// What is wrong with a value; nil where it is of the parameter's type.
    func issue(with value: String) -> String? {
        switch kind {
        case .text:
            value.unicodeScalars.count > QueryParameter.textMax
                ? "longer than \(QueryParameter.textMax) characters" : nil
        case .texts:
            listIssue(value.split(separator: ","))
        case .integer(let low, let high):
            Int64(value).map { (low...high).contains($0) } == true
                ? nil : "expected a whole number \(high == .max ? "from \(low)" : "in \(low)...\(high)")"
        case .seconds(let least, let most):
            Double(value).map { (least...most).contains($0) } == true
                ? nil : "expected seconds in \(Int(least))...\(Int(most))"
        case .flag:
            ["", "true", "false"].contains(value) ? nil : "expected true or false"
        case .time:
            Timestamp(value) == nil ? "expected a time such as 2026-11-22T07:41:05Z" : nil
        case .choice(let known):
            known.contains(value) ? nil : "expected one of \(known.joined(separator: ", "))"
        case .choices(let known):
            value.split(separator: ",").allSatisfy { known.contains(String($0)) }
                ? nil : "expected some of \(known.joined(separator: ", "))"
        }
    }
}
