internal import ArgumentParser
internal import PoolAPI

/// The root of the command line: the list of the verbs.
struct PoolCtl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poolctl",
        abstract: "See and control a pool of HTTP workers.",
        discussion: """
            SELECTORS say which workers are meant: a name (example_3), a number (3), a range (1-4), a pool (example), \
            a condition (state:fatal, health:unhealthy, admin:drain) or all; several may follow each other.

            EXIT CODES
            \(PoolAPI.ExitCode.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
            """,
        version: APIVersion.product,
        groupedSubcommands: [
            CommandGroup(
                name: "See",
                subcommands: [
                    StatusVerb.self, HealthVerb.self, LogsVerb.self, EventsVerb.self, StatsVerb.self, TopVerb.self,
                ]
            ),
            CommandGroup(
                name: "Act",
                subcommands: [
                    StartVerb.self, StopVerb.self, RestartVerb.self, RollVerb.self, ScaleVerb.self, DrainVerb.self,
                    ResumeVerb.self,
                    MaintenanceVerb.self, SignalVerb.self,
                ]
            ),
            CommandGroup(name: "Operations", subcommands: [WaitVerb.self, OperationsVerb.self, CancelVerb.self]),
            CommandGroup(
                name: "Profiles and daemon",
                subcommands: [
                    InitVerb.self, CheckVerb.self, ImportVerb.self, ConfigVerb.self, PlanVerb.self, ReloadVerb.self,
                    ShutdownVerb.self, VersionVerb.self,
                ]
            ),
            CommandGroup(
                name: "Tools",
                subcommands: [DoctorVerb.self, OpenAPIVerb.self, MetricsVerb.self, CompletionVerb.self]
            ),
        ]
    )
}
