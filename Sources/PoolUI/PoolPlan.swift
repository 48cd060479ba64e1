package import PoolAPI
package import PoolModel
internal import PoolScreen

/// Makes the question for what is done with a whole pool: a deploy, and a front that is held, closed or opened.
package struct PoolPlan: Sendable {
    package var pool: PoolSnapshot
    package var isOneOfSeveralPools: Bool

    package init(pool: PoolSnapshot, isOneOfSeveralPools: Bool) {
        self.pool = pool
        self.isOneOfSeveralPools = isOneOfSeveralPools
    }

    // MARK: deploy

    /// The question for a deploy. The request carries the generation that was seen: one that came meanwhile is not
    /// deployed over.
    package func confirmation(_ deploy: DeployRequest) -> Confirmation {
        var request = deploy
        request.expectedGeneration = pool.generation
        return Confirmation(
            title: "Deploy \(pool.name)?",
            lines: consequences(of: request),
            command: command(deploy),
            label: "Deploy",
            deed: .deploy(pool: pool.name, request)
        )
    }

    private func consequences(of request: DeployRequest) -> [CellText] {
        let routable = pool.workers.count { $0.status.isRoutable }
        let out = min(request.unavailableMax ?? (request.surge > 0 ? 0 : request.batch), routable)
        var lines = [
            CellText(LogText.clean(pool.profilePath ?? "") + " is read again; every worker is brought to it:"),
            CellText("its requests finish, it starts anew, and only when it is healthy the next one follows."),
        ]
        lines.append(
            routable > 0 && out == routable
                ? CellText("No other worker takes requests meanwhile.", .warn)
                : CellText("At least \(routable - out) of \(routable) \(routable == 1 ? "serves" : "serve") meanwhile.")
        )
        if request.canary > 0 {
            let bake = request.bakeSeconds > 0 ? " and watched for \(Figures.age(request.bakeSeconds))" : ""
            lines.append(CellText("\(Figures.plural(request.canary, "worker")) first\(bake)."))
        }
        lines.append(
            request.rollsBack
                ? CellText("A failure, or a cancel, brings generation \(pool.generation) back.")
                : CellText("A failure ends it where it is: nothing is brought back.", .warn)
        )
        return lines
    }

    private func command(_ request: DeployRequest) -> String {
        var words = ["poolctl deploy"]
        if request.batch != 1 { words.append("--batch \(request.batch)") }
        if request.surge > 0 { words.append("--surge \(request.surge)") }
        if request.canary > 0 { words.append("--canary \(request.canary)") }
        if request.bakeSeconds > 0 { words.append("--bake \(Figures.decimal(request.bakeSeconds, 0))") }
        if let directory = request.directory { words.append("--directory \(LogText.clean(directory))") }
        // The value may be a secret: the screen shows the name.
        for entry in request.environment {
            words.append("--env \(LogText.clean(String(entry.prefix { $0 != "=" })))=…")
        }
        if !request.rollsBack { words.append("--no-rollback") }
        if isOneOfSeveralPools { words.append("--pool \(pool.name)") }
        return words.joined(separator: " ") + ActionPlan.option(why: request.why)
    }

    // MARK: the front

    /// The question for a front that is to be held, taken into maintenance or opened.
    package func confirmation(_ gate: GateRequest) -> Confirmation {
        let name = isOneOfSeveralPools ? " \(pool.name)" : ""
        let length = gate.seconds.map { Figures.age($0) } ?? ""
        var question: Confirmation
        switch gate.state {
        case .hold:
            question = Confirmation(
                title: "Hold the requests of \(pool.name) for \(length)?",
                lines: [
                    CellText("New requests wait, as many as the queue takes; those under way go on."),
                    CellText("After \(length) they get 503 until the front is opened: the same key again.", .warn),
                ],
                command: "poolctl hold\(name) --for \(Figures.decimal(gate.seconds ?? 0, 0))",
                label: "Hold",
                deed: .gate(pool: pool.name, gate)
            )
        case .maintenance:
            let end = gate.seconds.map { " --for \(Figures.decimal($0, 0))" } ?? ""
            question = Confirmation(
                title: "Take \(pool.name) into maintenance?",
                lines: [
                    CellText("Nobody is served: clients get 503 and the maintenance page.", .bad),
                    CellText(end.isEmpty ? "Until it is opened: the same key again." : "It opens after \(length)."),
                ],
                command: "poolctl front maintenance\(name)\(end)",
                label: "Close",
                deed: .gate(pool: pool.name, gate)
            )
            question.nameToType = pool.name
        case .open:
            question = Confirmation(
                title: "Open the front of \(pool.name)?",
                lines: [CellText("Requests go to the workers again, first those that wait.")],
                command: "poolctl front open\(name)",
                label: "Open",
                deed: .gate(pool: pool.name, gate)
            )
        }
        question.command += ActionPlan.option(why: gate.why)
        return question
    }
}

extension FrontGate {
    /// What keeps requests from the workers, in few words: `held, 12s left`.
    package func words(now: Timestamp) -> String {
        if isOver { return "held too long: 503" }
        let left = until.map { ", \(Figures.age(max(0, $0.seconds - now.seconds))) left" } ?? ""
        return (kind == .hold ? "held" : "maintenance") + left
    }
}
