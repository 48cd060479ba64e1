package import PoolModel

/// Builds the query of a request: the client's side of ``Query``.
package struct QueryItems: Hashable, Sendable {
    private var pairs: [String] = []

    package init() {}

    /// `?follow=true&tail=10`; empty where nothing was added.
    package var text: String { pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&") }

    package mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        pairs.append("\(name)=\(PercentCoding.encode(value))")
    }

    package mutating func add(_ name: String, _ value: (some FixedWidthInteger)?) {
        add(name, value.map { String($0) })
    }

    package mutating func add(_ name: String, seconds: Duration?) { add(name, seconds.map { String($0.inSeconds) }) }

    package mutating func add(_ name: String, time: Timestamp?) { add(name, time?.description) }

    /// False is left out: it is every flag's default.
    package mutating func add(_ name: String, flag: Bool) {
        if flag { add(name, "true") }
    }

    /// The values separated by commas; nothing where there are none.
    package mutating func add(_ name: String, list: [String]) {
        guard !list.isEmpty else { return }
        pairs.append("\(name)=\(list.map { PercentCoding.encode($0) }.joined(separator: ","))")
    }
}
