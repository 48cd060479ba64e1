package import PoolScreen

/// One line of the key table: what is pressed, what it does, what help and key bar say of it.
package struct Binding: Hashable, Sendable {
    package enum Group: String, Hashable, Sendable, CaseIterable {
        case move = "Move"
        case find = "Find"
        case logs = "Logs"
        case act = "Act (tagged, else selected)"
        case screen = "Screen"
    }

    package var command: Command
    package var keys: [Key]
    package var group: Group
    package var help: String
    /// The word in the key bar; nil for keys that it does not show.
    package var label: String?
    /// The views where it does something; empty is all.
    package var views: Set<ViewName>
    /// Whether it asks before anything changes.
    package var asks: Bool

    init(
        _ command: Command,
        _ keys: [Key],
        _ group: Group,
        _ help: String,
        label: String? = nil,
        views: Set<ViewName> = [],
        asks: Bool = false
    ) {
        self.command = command
        self.keys = keys
        self.group = group
        self.help = help
        self.label = label
        self.views = views
        self.asks = asks
    }

    /// Whether it does something in a view.
    package func acts(in view: ViewName) -> Bool { views.isEmpty || views.contains(view) }

    /// The keys as help and docs write them: `r F9`.
    package var keyNames: String { keys.map(\.name).joined(separator: " ") }
}

/// The one table of keys: dispatch, help, key bar and docs/KEYS.md read it.
package struct KeyMap: Sendable {
    package let bindings: [Binding]
    private let commands: [Key: Command]

    package init(_ bindings: [Binding] = KeyMap.standard) {
        self.bindings = bindings
        commands = Dictionary(
            bindings.flatMap { binding in binding.keys.map { ($0, binding.command) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// What a key means, the same in every view; nil for a key that means nothing. Whether it does anything in a view is
    /// the binding's to say.
    package func command(for key: Key) -> Command? { commands[key] }

    package func binding(for command: Command) -> Binding? { bindings.first { $0.command == command } }

    /// The bindings that do something in a view.
    package func bindings(in view: ViewName) -> [Binding] {
        bindings.filter { $0.acts(in: view) }
    }
}
