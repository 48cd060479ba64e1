package import PoolModel

/// `POST /v1/pools/{pool}/deploy`: read the pool's profile again and restart every worker into it, step by step.
///
/// ``command``, ``directory`` and ``environment`` are laid over what the profile's file says. They are part of the new
/// generation, not of the file: the next reload, and the next start of the daemon, go by the file again.
package struct DeployRequest: Hashable, Sendable, Codable {
    package var why = ""
    package var command: [String]?
    package var directory: String?
    /// `NAME=VALUE`, added to the profile's environment; wins over it.
    package var environment: [String] = []
    /// Workers replaced at the same time.
    package var batch = 1
    /// How many fewer than all may be routable meanwhile; nil is as many as ``batch``, or none where there is a surge.
    package var unavailableMax: Int?
    /// Workers started beside the others for the time of the deploy.
    package var surge = 0
    /// The first this many workers go alone and are watched for ``bakeSeconds``.
    package var canary = 0
    package var bakeSeconds: Double = 0
    /// 0...1: the share of failed requests of the replaced workers above which the deploy has failed.
    package var failureShareMax: Double?
    /// So many requests are needed before that share counts.
    package var failureRequestsMin: UInt64 = 20
    /// After a failure or a cancel: back to the generation before.
    package var rollsBack = true
    /// Refuse with 409 where the pool runs another generation.
    package var expectedGeneration: Generation?

    package init(why: String = "") { self.why = why }

    package static let bakeSecondsMax: Double = 86_400
    package static let environmentMax = 256
    package static let argumentsMax = 256
    /// Bytes of one argument, directory or environment entry.
    package static let textBytesMax = 32 << 10

    private enum CodingKeys: String, CodingKey {
        case why, command, directory, environment, batch, unavailableMax, surge, canary, bakeSeconds
        case failureShareMax, failureRequestsMin, rollsBack, expectedGeneration
    }

    /// Nothing is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        why = try container.decodeIfPresent(String.self, forKey: .why) ?? ""
        command = try container.decodeIfPresent([String].self, forKey: .command)
        directory = try container.decodeIfPresent(String.self, forKey: .directory)
        environment = try container.decodeIfPresent([String].self, forKey: .environment) ?? []
        batch = try container.decodeIfPresent(Int.self, forKey: .batch) ?? 1
        unavailableMax = try container.decodeIfPresent(Int.self, forKey: .unavailableMax)
        surge = try container.decodeIfPresent(Int.self, forKey: .surge) ?? 0
        canary = try container.decodeIfPresent(Int.self, forKey: .canary) ?? 0
        bakeSeconds = try container.decodeIfPresent(Double.self, forKey: .bakeSeconds) ?? 0
        failureShareMax = try container.decodeIfPresent(Double.self, forKey: .failureShareMax)
        failureRequestsMin = try container.decodeIfPresent(UInt64.self, forKey: .failureRequestsMin) ?? 20
        rollsBack = try container.decodeIfPresent(Bool.self, forKey: .rollsBack) ?? true
        expectedGeneration = try container.decodeIfPresent(Generation.self, forKey: .expectedGeneration)
    }

    /// Refuses what cannot be meant, before anything is looked up.
    package func validate() throws(PoolError) {
        if why.utf8.count > ActionRequest.whyBytesMax {
            throw PoolError(.tooLarge, "why is longer than \(ActionRequest.whyBytesMax) bytes")
        }
        let counts = [
            ("batch", batch), ("surge", surge), ("canary", canary), ("unavailableMax", unavailableMax ?? 0),
        ]
        for (name, value) in counts {
            let least = name == "batch" ? 1 : 0
            guard (least...Limits.workersMax).contains(value) else {
                throw PoolError(.invalidArgument, "\(name) \(value) is not in \(least)...\(Limits.workersMax)")
            }
        }
        guard bakeSeconds >= 0, bakeSeconds <= DeployRequest.bakeSecondsMax else {
            throw PoolError(.invalidArgument, "bakeSeconds \(bakeSeconds) is not in 0...86400")
        }
        if bakeSeconds > 0, canary == 0 {
            throw PoolError(.invalidArgument, "there is nothing to bake without a canary", remedy: "use canary 1")
        }
        if let failureShareMax, !(failureShareMax >= 0 && failureShareMax <= 1) {
            throw PoolError(.invalidArgument, "failureShareMax \(failureShareMax) is not in 0...1")
        }
        try validateTexts()
    }

    private func validateTexts() throws(PoolError) {
        if let command, command.first?.isEmpty ?? true {
            throw PoolError(.invalidArgument, "command is empty", remedy: "leave it out to keep the profile's")
        }
        if directory?.isEmpty == true { throw PoolError(.invalidArgument, "directory is empty") }
        if (command?.count ?? 0) > DeployRequest.argumentsMax || environment.count > DeployRequest.environmentMax {
            throw PoolError(.tooLarge, "more than \(DeployRequest.argumentsMax) arguments or environment entries")
        }
        if let entry = environment.first(where: { !$0.dropFirst().contains("=") }) {
            // Without what may stand behind the name: it may be a secret.
            throw PoolError(.invalidArgument, "environment: \(entry.prefix(32)) has no =", remedy: "write NAME=VALUE")
        }
        for text in (command ?? []) + [directory ?? ""] + environment {
            if text.utf8.contains(0) { throw PoolError(.invalidArgument, "a text of the deploy holds a NUL byte") }
            if text.utf8.count > DeployRequest.textBytesMax {
                throw PoolError(.tooLarge, "a text of the deploy is longer than \(DeployRequest.textBytesMax) bytes")
            }
        }
    }
}
