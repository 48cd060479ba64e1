package import PoolModel

/// `POST /v1/pools/{pool}/actions`: what is to be done with which workers.
package struct ActionRequest: Hashable, Sendable, Codable {
    /// `start`, `stop`, `restart`, `roll`, `drain`, `resume`, `maintenance`, `signal` or `scale`.
    package var verb: Operation.Verb
    /// Selectors (``Selector``); empty means all workers of the pool, and is left out when sent.
    package var workers: [String] = []
    /// For the event list and the audit log.
    package var why = ""
    /// `signal`: its name without SIG (`HUP`) or its number.
    package var signal: String?
    /// `scale`: how many workers there are to be.
    package var count: Int?
    /// `scale`: which workers go first where there are to be fewer; nil is as the profile says.
    package var order: ShrinkOrder?
    /// `roll`: how many workers at a time; default 1.
    package var batch: Int?
    /// Do not wait for requests in flight; stop the workers at once.
    package var force = false
    /// Refuse the whole action with 409 where one of these is no longer so.
    package var expected: [WorkerGuard] = []
    /// Refuse with 409 where the pool runs another generation.
    package var expectedGeneration: Generation?

    package init(verb: Operation.Verb, workers: [String] = [], why: String = "") {
        self.verb = verb
        self.workers = workers
        self.why = why
    }

    /// The verbs that this request takes; the others have routes of their own.
    package static let verbs: [Operation.Verb] = [
        .start, .stop, .restart, .roll, .drain, .resume, .maintenance, .signal, .scale,
    ]
}

/// What the client believes of a worker: its process must not have been replaced meanwhile.
package struct WorkerGuard: Hashable, Sendable, Codable {
    package var worker: WorkerID
    package var life: Life

    package init(worker: WorkerID, life: Life) {
        self.worker = worker
        self.life = life
    }
}

extension ActionRequest {
    private enum CodingKeys: String, CodingKey {
        case verb, workers, why, signal, count, order, batch, force, expected, expectedGeneration
    }

    /// Only the verb is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        verb = try container.decode(Operation.Verb.self, forKey: .verb)
        workers = try container.decodeIfPresent([String].self, forKey: .workers) ?? []
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        signal = try container.decodeIfPresent(String.self, forKey: .signal)
        count = try container.decodeIfPresent(Int.self, forKey: .count)
        order = try container.decodeIfPresent(ShrinkOrder.self, forKey: .order)
        batch = try container.decodeIfPresent(Int.self, forKey: .batch)
        force = try container.decodeIfPresent(Bool.self, forKey: .force) ?? false
        expected = try container.decodeIfPresent([WorkerGuard].self, forKey: .expected) ?? []
        expectedGeneration = try container.decodeIfPresent(Generation.self, forKey: .expectedGeneration)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(verb, forKey: .verb)
        if !workers.isEmpty { try container.encode(workers, forKey: .workers) }
        try container.encode(why, forKey: .why)
        try container.encodeIfPresent(signal, forKey: .signal)
        try container.encodeIfPresent(count, forKey: .count)
        try container.encodeIfPresent(order, forKey: .order)
        try container.encodeIfPresent(batch, forKey: .batch)
        try container.encode(force, forKey: .force)
        try container.encode(expected, forKey: .expected)
        try container.encodeIfPresent(expectedGeneration, forKey: .expectedGeneration)
    }

    /// Checks what does not depend on the pool: the verb has what it needs, and nothing that it does not take.
    package func validate() throws(PoolError) {
        guard ActionRequest.verbs.contains(verb) else {
            throw PoolError(
                .invalidArgument,
                "\(verb.rawValue) is not an action on workers",
                remedy: "use one of \(ActionRequest.verbs.map(\.rawValue).joined(separator: ", "))"
            )
        }
        if (verb == .signal) != (signal != nil) {
            throw PoolError(
                .invalidArgument,
                verb == .signal ? "signal is missing" : "\(verb.rawValue) does not take a signal"
            )
        }
        if (verb == .scale) != (count != nil) {
            throw PoolError(
                .invalidArgument,
                verb == .scale ? "count is missing" : "\(verb.rawValue) does not take a count"
            )
        }
        if let count, !(0...Limits.workersMax).contains(count) {
            throw PoolError(.invalidArgument, "count \(count) is not in 0...\(Limits.workersMax)")
        }
        if order != nil, verb != .scale {
            throw PoolError(.invalidArgument, "\(verb.rawValue) does not take an order")
        }
        if let batch, verb != .roll || batch < 1 {
            throw PoolError(
                .invalidArgument,
                verb == .roll ? "batch \(batch) is less than 1" : "\(verb.rawValue) does not take a batch"
            )
        }
        if why.utf8.count > ActionRequest.whyBytesMax {
            throw PoolError(.tooLarge, "why is longer than \(ActionRequest.whyBytesMax) bytes")
        }
    }

    /// Bytes of the reason, which is kept in memory, events and the audit log.
    package static let whyBytesMax = 1024
}
