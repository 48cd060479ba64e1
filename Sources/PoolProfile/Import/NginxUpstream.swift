import PoolModel

/// An `upstream` block, or the single address of a `proxy_pass`.
struct NginxUpstream {
    var name: ImportToken
    var addresses: [Address] = []
    var balance = BalanceSpec()
    /// The shares of servers that have another than one; 0 for those that are down.
    private(set) var weights: [Address: Int] = [:]
    private(set) var notes: [ImportNote] = []
    /// What the servers before have said.
    private var said: [String: String] = [:]

    init(_ name: ImportToken, address: Address) {
        self.name = name
        addresses = [address]
    }

    init(_ directive: NginxConf.Directive) {
        name = directive.arguments.first ?? directive.name
        for inner in directive.block ?? [] { take(inner) }
    }

    private mutating func take(_ directive: NginxConf.Directive) {
        switch directive.name.text {
        case "server": server(directive)
        case "least_conn": balance.algorithm = .leastInFlight
        case "ip_hash":
            balance.algorithm = .consistentHash
            balance.key = "address"
        case "hash": hash(directive)
        case "random": balance.algorithm = .twoChoices
        case "sticky" where directive.argument(0) == "cookie":
            balance.algorithm = .stickyCookie
            balance.key = directive.argument(1)
        case "keepalive", "keepalive_requests", "keepalive_time":
            notes.append(directive.name.note(.unneeded, "connections to workers are always kept alive"))
        case "keepalive_timeout":
            notes.append(
                directive.name.note(
                    .changed,
                    "see upstream_idle in [front.timeouts]; it is learned from the workers too"
                )
            )
        case "zone": notes.append(directive.name.note(.unneeded, "all proxy loops share their state"))
        default: notes.append(directive.name.note(.lost, "no counterpart in [balance]"))
        }
    }

    private mutating func hash(_ directive: NginxConf.Directive) {
        let key = directive.argument(0)
        balance.algorithm = .consistentHash
        if key == "$remote_addr" || key == "$binary_remote_addr" {
            balance.key = "address"
        } else if key.hasPrefix("$cookie_") {
            balance.key = "cookie:\(key.dropFirst(8))"
        } else if key.hasPrefix("$http_") {
            balance.key = "header:\(key.dropFirst(6).replacing("_", with: "-"))"
        } else {
            balance.key = "address"
            notes.append(directive.name.note(.changed, "the hash is taken of the client's address, not of \(key)"))
        }
    }

    private mutating func server(_ directive: NginxConf.Directive) {
        let text = directive.argument(0)
        let withPort = text.hasPrefix("unix:") || text.hasSuffix("]") || !text.contains(":") ? text : nil
        let address: Address
        do throws(TemplateError) {
            address = try AddressText.read(text.hasPrefix("unix:") || withPort == nil ? text : "\(text):80")
        } catch {
            notes.append((directive.arguments.first ?? directive.name).note(.invalid, error.description))
            return
        }
        for parameter in directive.arguments.dropFirst() {
            let parts = parameter.text.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count > 1 ? parts[1] : ""
            let name = parts.first ?? ""
            if NginxUpstream.common.contains(name), let before = said.updateValue(value, forKey: name), before != value
            {
                notes.append(parameter.note(.changed, "the workers of a pool have this in common: the last one counts"))
            }
            switch name {
            case "fail_timeout": failTimeout(parameter, value)
            case "max_fails":
                if let number = number(parameter, value) { balance.ejection.consecutiveFailures = number }
            case "max_conns":
                if let number = number(parameter, value) { balance.inFlightMax = number == 0 ? nil : number }
            case "slow_start":
                if let duration = NginxTime.duration(value) {
                    balance.slowStart = duration
                } else {
                    notes.append(parameter.note(.invalid, "expected a time"))
                }
            case "weight" where value == "1": break
            case "weight":
                if let weight = Int(value), (1...256).contains(weight) {
                    // Down is down, in whatever order it is said.
                    weights[address] = min(weights[address] ?? weight, weight)
                } else {
                    notes.append(parameter.note(.invalid, "expected a number within 1 to 256"))
                }
            case "down":
                weights[address] = 0
                notes.append(parameter.note(.changed, "its worker runs, and gets no requests: its weight is 0"))
            case "backup":
                notes.append(parameter.note(.lost, "no worker is only a reserve: this one has its share of requests"))
            default: notes.append(parameter.note(.lost, "no counterpart in [balance]"))
            }
        }
        addresses.append(address)
    }

    /// What belongs to the pool here, to each server in nginx.
    private static let common: Set = ["fail_timeout", "max_fails", "max_conns", "slow_start"]

    private mutating func number(_ parameter: ImportToken, _ value: String) -> Int? {
        if let number = Int(value), (0...1_000_000).contains(number) { return number }
        notes.append(parameter.note(.invalid, "expected a number within 0 to 1000000"))
        return nil
    }

    /// On the docs page `fail_timeout=0` is to mean "always retry".
    private mutating func failTimeout(_ parameter: ImportToken, _ value: String) {
        guard let duration = NginxTime.duration(value) else {
            notes.append(parameter.note(.invalid, "expected a time"))
            return
        }
        if duration == .zero {
            balance.ejection.consecutiveFailures = 0
        } else {
            balance.ejection.duration = duration
            balance.ejection.durationMax = max(balance.ejection.durationMax, duration)
        }
    }
}

/// nginx's times: `30s`, `1m`, `500ms`, a bare number is seconds.
enum NginxTime {
    static func duration(_ text: String) -> Duration? {
        if let seconds = Int64(text), (0...100_000_000).contains(seconds) { return .seconds(seconds) }
        return Quantity.duration(text)
    }
}
