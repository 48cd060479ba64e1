/// The hosts that a `server` is for, as [front] server_name says them.
struct NginxNames {
    /// Empty is any host.
    private(set) var names: [String] = []
    private(set) var notes: [ImportNote] = []

    init(server block: [NginxConf.Directive]) {
        var isAny = false
        for directive in block where directive.name.text == "server_name" {
            for token in directive.arguments {
                switch token.text {
                case "", "_", "*": isAny = true
                case _ where token.text.hasPrefix("."):
                    add(String(token.text.dropFirst()), token)
                    add("*\(token.text)", token)
                default: add(token.text, token)
                }
            }
        }
        // A server that is for every host as well needs no names.
        if isAny { names = [] }
    }

    private mutating func add(_ name: String, _ token: ImportToken) {
        guard ProfileCodec<String>.isServerName(name) else {
            notes.append(token.note(.lost, "a server_name is a host such as example.org or *.example.org"))
            return
        }
        if !names.contains(where: { $0.lowercased() == name.lowercased() }) { names.append(name) }
    }

    /// Names of a front that several servers make.
    static func union(_ one: [String], _ two: [String]) -> [String] {
        one.isEmpty || two.isEmpty ? [] : one + two.filter { !one.contains($0) }
    }
}
