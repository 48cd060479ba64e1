internal import ArgumentParser
private import PoolAPI
private import PoolClient
private import PoolModel

/// What the daemon knows, for the shell's completion: a script of ours asks at every Tab.
///
/// It is silent and quick: where no daemon answers at once, there is nothing to complete.
enum Completions {
    /// How long a user may wait for a Tab.
    private static let limit = Duration.milliseconds(500)

    /// `all`, the pools and the workers, of the daemon that the command line so far names.
    static func workers(_ words: [String], _ environment: ProgramEnvironment) -> [String] {
        let pools = pools(words, environment)
        return pools.isEmpty ? [] : ["all"] + pools.map(\.name) + pools.flatMap(\.workers).map(\.name)
    }

    static func poolNames(_ words: [String], _ environment: ProgramEnvironment) -> [String] {
        pools(words, environment).map(\.name)
    }

    private static func pools(_ words: [String], _ environment: ProgramEnvironment) -> [PoolSnapshot] {
        var settings = Settings()
        settings.runtimeDir = value(of: "--runtime-dir", in: words)
        settings.socket = value(of: "--socket", in: words)
        settings.url = value(of: "--url", in: words)
        guard let context = try? Context(settings, environment), case .socket = context.endpoint,
            let reply = try? context.session.send(.pools(), within: limit)
        else { return [] }
        return reply.pools
    }

    /// The value that an option has on an unfinished command line.
    private static func value(of option: String, in words: [String]) -> String? {
        for (word, next) in zip(words, words.dropFirst() + [""]) {
            if word == option, !next.isEmpty { return next }
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
        }
        return nil
    }
}

extension CompletionKind {
    /// Selectors of workers.
    static var workers: CompletionKind { .custom { words, _, _ in Completions.workers(words, .process()) } }
    /// Names of pools.
    static var pools: CompletionKind { .custom { words, _, _ in Completions.poolNames(words, .process()) } }
}
