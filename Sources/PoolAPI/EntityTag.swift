package import PoolModel

/// The version of a pool that a mutation is meant for: `ETag` of `GET /v1/pools/{pool}`, `If-Match` of actions.
///
/// It stands for the generation of the profile alone; traffic figures change with every answer. That single workers
/// have not been replaced is guarded by ``WorkerGuard``.
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    package static let header = "ETag"
    package static let conditionHeader = "If-Match"

    package var generation: Generation

    package init(_ pool: PoolSnapshot) { generation = pool.generation }

    package init(generation: Generation) { self.generation = generation }

    /// With its quotes: `"g3"`.
    package var description: String { "\"g\(generation)\"" }

    /// Whether an `If-Match` header admits this version: `*`, or a list that holds it (strong comparison).
    package func matches(_ condition: String) -> Bool {
        condition.split(separator: ",").contains { item in
            let item = item.drop { $0 == " " }
            return item == "*" || item.prefix { $0 != " " } == description
        }
    }
}
