import PoolAPI
import PoolModel

/// What must hold for any request to the control socket. Shared by the seeded tests and the fuzz target; returns what is
/// broken.
enum APIInvariants {
    /// - Parameter input: method, space, target, line feed, body.
    static func request(_ input: [UInt8]) -> String? {
        let line = input.prefix { $0 != 0x0A }
        let body = Array(input.dropFirst(line.count + 1))
        guard let text = String(validating: line, as: UTF8.self) else { return nil }
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return nil }
        let target = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        for word in words[1].split(whereSeparator: { "/?&=,".contains($0) }) {
            if let broken = said(String(word)) { return broken }
        }
        return messages(body) ?? stream(body) ?? route(words[0], target)
    }

    private static func route(_ method: String, _ target: [String]) -> String? {
        guard case .route(let route, let parameters) = RouteMatch(method: method, path: target.first ?? "") else {
            return nil
        }
        if parameters.values.contains(where: \.isEmpty) { return "\(route.id): an empty parameter" }
        guard let query = try? Query(target.count > 1 ? target[1] : nil, for: route) else { return nil }
        // What was understood is said again in our own words, and understood as the same.
        switch route.id {
        case .logs:
            let logs = LogQuery(query)
            let again = try? Query(String(logs.items.text.dropFirst()), for: route)
            return again.map { LogQuery($0) } == logs ? nil : "\(logs) is read back differently: \(logs.items.text)"
        case .events:
            let events = EventQuery(query)
            let again = try? Query(String(events.items.text.dropFirst()), for: route)
            return again.map { EventQuery($0) } == events ? nil : "\(events) is read back differently"
        default: return nil
        }
    }

    /// A word as whatever it may be taken for.
    private static func said(_ word: String) -> String? {
        if let selector = try? Selector(word), (try? Selector(selector.description)) != selector {
            return "selector \(word) is read back differently"
        }
        if let id = OperationID(word), OperationID(id.description) != id { return "\(word) is read back as another" }
        if let time = Timestamp(word), Timestamp(time.description) != time { return "\(word) is read back as \(time)" }
        if let key = IdempotencyKey(word), word.utf8.count > IdempotencyKey.bytesMax { return "\(key) is too long" }
        _ = EntityTag(generation: 3).matches(word)
        return nil
    }

    /// A body as every message that clients send.
    private static func messages(_ body: [UInt8]) -> String? {
        if let action: Twice<ActionRequest> = same(body) {
            guard let action = action.value else { return "an action is read back differently" }
            try? action.validate()
        }
        if let weight: Twice<WeightRequest> = same(body), weight.value == nil { return "a weight differs" }
        if let reload: Twice<ReloadRequest> = same(body), reload.value == nil { return "a reload differs" }
        if let check: Twice<CheckRequest> = same(body), check.value == nil { return "a check differs" }
        if let proxy: Twice<ReplaceProxyRequest> = same(body), proxy.value == nil { return "a replacement differs" }
        if let next: Twice<UpgradeRequest> = same(body), next.value == nil { return "an upgrade differs" }
        if let end: Twice<ShutdownRequest> = same(body), end.value == nil { return "a shutdown differs" }
        return nil
    }

    /// A value that was decoded, and again from its own encoding: nil where the two differ.
    private struct Twice<Value> {
        var value: Value?
    }

    private static func same<Value: Codable & Equatable>(_ body: [UInt8]) -> Twice<Value>? {
        guard let value = try? JSONCoding.decode(Value.self, from: body), let bytes = try? JSONCoding.encode(value)
        else {
            return nil
        }
        return Twice(value: (try? JSONCoding.decode(Value.self, from: bytes)) == value ? value : nil)
    }

    /// The body as a stream's bytes: the same records, however they are cut.
    private static func stream(_ bytes: [UInt8]) -> String? {
        var whole = SSEDecoder(bytesMax: 4096)
        var pieces = SSEDecoder(bytesMax: 4096)
        guard let once = try? whole.decode(bytes) else { return nil }
        var found: [StreamRecord] = []
        for byte in bytes {
            guard let records = try? pieces.decode([byte]) else { return "pieces are refused, the whole is not" }
            found += records
        }
        return found == once && pieces.lastSequence == whole.lastSequence ? nil : "pieces give other records"
    }
}
