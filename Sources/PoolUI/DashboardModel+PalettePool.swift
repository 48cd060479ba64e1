internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Lines of the palette that do something with a whole pool, in `poolctl`'s grammar.
extension DashboardModel {
    /// `deploy [--batch N] [--surge N] [--canary N] [--bake S] [--directory D] [--env NAME=VALUE] [--why TEXT]`.
    mutating func deploy(_ words: [String]) -> [Effect] {
        var request = DeployRequest()
        var rest = words[...]
        while let option = rest.popFirst() {
            if option == "--no-rollback" {
                request.rollsBack = false
                continue
            }
            guard let value = rest.popFirst(), request.take(option, value) else {
                say("deploy takes --batch --surge --canary N, --bake S, --directory D, --env N=V, --no-rollback", .bad)
                return []
            }
        }
        propose(request)
        return []
    }

    /// `hold`, `maintenance` or `open`, with `--for TIME` where it ends by itself, and `--why TEXT`.
    mutating func front(_ words: [String]) -> [Effect] {
        guard let word = words.first, let state = GateRequest.State(rawValue: word) else {
            say("front takes hold, maintenance or open", .bad)
            return []
        }
        var request = GateRequest(state: state, seconds: state == .hold ? 30 : nil)
        var rest = words.dropFirst()
        while let option = rest.popFirst() {
            let value = rest.popFirst()
            if option == "--why", let value {
                request.why = value
            } else if option == "--for", state != .open, let seconds = value.flatMap(PaletteTime.seconds) {
                request.seconds = seconds
            } else {
                say("\(word) takes \(state == .open ? "" : "--for TIME (30, 2m) and ")--why TEXT", .bad)
                return []
            }
        }
        propose(request)
        return []
    }
}

extension DeployRequest {
    /// Takes an option and its value over; false for what is none.
    fileprivate mutating func take(_ option: String, _ value: String) -> Bool {
        switch option {
        case "--batch": return take(value, \.batch)
        case "--surge": return take(value, \.surge)
        case "--canary": return take(value, \.canary)
        case "--bake":
            guard let seconds = PaletteTime.seconds(value) else { return false }
            bakeSeconds = seconds
        case "--directory": directory = value
        case "--env": environment.append(value)
        case "--why": why = value
        default: return false
        }
        return true
    }

    private mutating func take(_ value: String, _ field: WritableKeyPath<DeployRequest, Int>) -> Bool {
        guard let number = Int(value) else { return false }
        self[keyPath: field] = number
        return true
    }
}

/// A length of time as it is typed: `30`, `90s`, `2m`, `1h`.
private enum PaletteTime {
    static func seconds(_ text: String) -> Double? {
        let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        guard let last = text.last else { return nil }
        let number = factors[last] == nil ? text : String(text.dropLast())
        guard let value = Double(number), value.isFinite, value >= 0 else { return nil }
        return value * (factors[last] ?? 1)
    }
}
