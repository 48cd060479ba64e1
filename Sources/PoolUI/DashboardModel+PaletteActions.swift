internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// Lines of the palette that act on workers, in `poolctl`'s grammar: they open a question.
extension DashboardModel {
    mutating func act(_ verb: PoolModel.Operation.Verb, _ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named(verb == .maintenance ? "maint" : verb.rawValue)),
            let numbers = numbers(line.words)
        else { return [] }
        propose(verb, numbers: numbers, order: line.order)
        return []
    }

    /// Words without the options among them, and what those say; nil where one is unknown or lacks its value, which is
    /// then said.
    private mutating func arguments(_ words: [String], _ command: PaletteCommand?) -> (
        words: [String], order: ActionOrder
    )? {
        var order = ActionOrder()
        var plain: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--force" where command?.grammar.options.contains(.force) ?? false: order.isForced = true
            case "--why" where !rest.isEmpty: order.why = rest.removeFirst()
            case let option where option.hasPrefix("--"):
                say("\(command?.name ?? "") takes \(command?.grammar.usage ?? "")", .bad)
                return nil
            default: plain.append(word)
            }
        }
        return (plain, order)
    }

    mutating func cancel(_ words: [String]) -> [Effect] {
        guard let name = words.first else { return run(.cancelOperation) }
        guard let operation = shownOperations.first(where: { $0.id.description == name || "\($0.id.number)" == name }),
            !operation.state.isFinished
        else {
            say("no operation \(name) is under way", .bad)
            return []
        }
        propose(cancelling: operation)
        return []
    }

    /// The workers that selectors mean; without any the targets. nil where one is wrong, which is then said.
    mutating func numbers(_ selectors: [String]) -> Set<Int>? {
        guard !selectors.isEmpty else { return targets }
        do {
            let workers = pool?.workers.map(\.status) ?? []
            return Set(try Selector.resolve(try Selector.list(selectors), among: workers).map(\.number))
        } catch {
            say("\(error)", .bad)
            return nil
        }
    }

    mutating func scale(_ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named("scale")) else { return [] }
        let word = line.words.first ?? ""
        // `+2` and `-1` are from what there is, as on the command line.
        let base = word.hasPrefix("+") || word.hasPrefix("-") ? pool?.workers.count ?? 0 : 0
        // The number is judged before the sum: one too large would end the program.
        guard line.words.count == 1, let number = Int(word), (-Limits.workersMax...Limits.workersMax).contains(number),
            (0...Limits.workersMax).contains(base + number)
        else {
            say("scale takes a number of workers, 0 to \(Limits.workersMax), or +N or -N", .bad)
            return []
        }
        propose(.scale, count: base + number, order: line.order)
        return []
    }

    mutating func signal(_ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named("signal")) else { return [] }
        guard let name = line.words.first else {
            say("signal takes a name (HUP, USR1) and workers", .bad)
            return []
        }
        guard let numbers = numbers(Array(line.words.dropFirst())) else { return [] }
        let bare = name.uppercased()
        let signal = bare.hasPrefix("SIG") ? String(bare.dropFirst(3)) : bare
        propose(.signal, numbers: numbers, signal: signal, order: line.order)
        return []
    }

    mutating func roll(_ words: [String]) -> [Effect] {
        var batch: Int?
        var words = words
        if let index = words.firstIndex(of: "--batch"), index + 1 < words.count, let number = Int(words[index + 1]),
            number >= 1
        {
            batch = number
            words.removeSubrange(index...index + 1)
        }
        guard let line = arguments(words, PaletteCommand.named("roll")) else { return [] }
        guard line.words.isEmpty else {
            say("roll takes \(PaletteCommand.named("roll")?.grammar.usage ?? ""): all workers in turn", .bad)
            return []
        }
        propose(.roll, count: batch, order: line.order)
        return []
    }

    mutating func weigh(_ words: [String]) -> [Effect] {
        guard let line = arguments(words, PaletteCommand.named("weight")) else { return [] }
        guard let word = line.words.first, let weight = Int(word), (0...WeightRequest.weightMax).contains(weight) else {
            say("weight takes a number from 0 to \(WeightRequest.weightMax), and workers", .bad)
            return []
        }
        guard let numbers = numbers(Array(line.words.dropFirst())) else { return [] }
        proposeWeight(weight, numbers, why: line.order.why)
        return []
    }
}
