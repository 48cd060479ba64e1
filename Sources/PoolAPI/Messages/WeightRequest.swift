package import PoolModel

/// `POST /v1/pools/{pool}/weights`: how large a share of the requests workers get.
package struct WeightRequest: Hashable, Sendable, Codable {
    /// Selectors (``Selector``); empty means all workers of the pool, and is left out when sent.
    package var workers: [String] = []
    /// 0...256; a worker of weight 2 gets twice the requests of one of weight 1, one of weight 0 gets none.
    package var weight: Int
    /// For the event list and the audit log.
    package var why = ""
    /// Refuse the whole request with 409 where one of these is no longer so.
    package var expected: [WorkerGuard] = []
    /// Refuse with 409 where the pool runs another generation.
    package var expectedGeneration: Generation?

    package init(weight: Int, workers: [String] = [], why: String = "") {
        self.weight = weight
        self.workers = workers
        self.why = why
    }

    package static let weightMax = 256

    private enum CodingKeys: String, CodingKey { case workers, weight, why, expected, expectedGeneration }

    /// Only the weight is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        weight = try container.decode(Int.self, forKey: .weight)
        workers = try container.decodeIfPresent([String].self, forKey: .workers) ?? []
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        expected = try container.decodeIfPresent([WorkerGuard].self, forKey: .expected) ?? []
        expectedGeneration = try container.decodeIfPresent(Generation.self, forKey: .expectedGeneration)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !workers.isEmpty { try container.encode(workers, forKey: .workers) }
        try container.encode(weight, forKey: .weight)
        try container.encode(why, forKey: .why)
        try container.encode(expected, forKey: .expected)
        try container.encodeIfPresent(expectedGeneration, forKey: .expectedGeneration)
    }

    package func validate() throws(PoolError) {
        guard (0...WeightRequest.weightMax).contains(weight) else {
            throw PoolError(.invalidArgument, "weight \(weight) is not in 0...\(WeightRequest.weightMax)")
        }
        if why.utf8.count > ActionRequest.whyBytesMax {
            throw PoolError(.tooLarge, "why is longer than \(ActionRequest.whyBytesMax) bytes")
        }
    }
}
