package import PoolScreen

extension KeyMap {
    /// The keys as delivered, some of them changed. A key that was given to a command is taken from the one that had it.
    ///
    /// - Returns: the map, and the commands that are left without any key; `quit` always keeps `^C`.
    package static func rebound(_ changes: [Command: [Key]]) -> (keys: KeyMap, without: [Command]) {
        let taken = Set(changes.values.joined())
        var bindings = KeyMap.standard
        for index in bindings.indices {
            let command = bindings[index].command
            if let keys = changes[command] {
                bindings[index].keys = keys
            } else {
                bindings[index].keys.removeAll { taken.contains($0) }
            }
            if command == .quit, !bindings[index].keys.contains(.control("c")) {
                bindings[index].keys.append(.control("c"))
            }
            if command != .quit { bindings[index].keys.removeAll { $0 == .control("c") } }
        }
        return (KeyMap(bindings), bindings.filter(\.keys.isEmpty).map(\.command))
    }
}

extension Command {
    /// As settings write it: `next_sort`.
    package var settingName: String {
        rawValue.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "_\(letter.lowercased())" : String(letter)
        }
    }

    package init?(settingName: String) {
        guard let command = Command.allCases.first(where: { $0.settingName == settingName }) else { return nil }
        self = command
    }
}
