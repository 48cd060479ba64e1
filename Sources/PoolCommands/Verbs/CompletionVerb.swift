internal import ArgumentParser
internal import PoolAPI

/// `poolctl completion`.
struct CompletionVerb: Verb {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script of a shell.",
        discussion: """
            EXAMPLES
              poolctl completion bash > ~/.local/share/bash-completion/completions/poolctl
              poolctl completion zsh > ~/.zfunc/_poolctl
              poolctl completion fish > ~/.config/fish/completions/poolctl.fish
            """
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        let shell: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try context.print(PoolCtl.completionScript(for: shell))
        return .done
    }
}
