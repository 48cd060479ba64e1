internal import ArgumentParser
internal import PoolAPI

/// `poolctl openapi`.
struct OpenAPIVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "openapi",
        abstract: "Print the control API as an OpenAPI 3.1 document; needs no daemon."
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.environment.write(.output, OpenAPIDocument.bytes)
        return .done
    }
}

/// `poolctl metrics`.
struct MetricsVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print the daemon's metrics in Prometheus' text format."
    )

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        try context.environment.write(.output, try context.send(.metrics()))
        return .done
    }
}
