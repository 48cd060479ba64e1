/// The views, by their keys.
package enum ViewName: Int, Hashable, Sendable, CaseIterable {
    case workers = 1
    case detail, logs, events, health, operations, fronts, config, pools

    package var title: String {
        switch self {
        case .workers: "Workers"
        case .detail: "Detail"
        case .logs: "Logs"
        case .events: "Events"
        case .health: "Health"
        case .operations: "Ops"
        case .fronts: "Fronts"
        case .config: "Config"
        case .pools: "Pools"
        }
    }
}
