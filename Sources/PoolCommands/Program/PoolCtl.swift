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

            The options --runtime-dir, --socket, --url, --pool, --json, --color and --timeout may also stand in front of the \
            verb.
            Without them the daemon is looked for in POOL_SOCKET, POOL_RUNTIME_DIR, this user's own runtime directory \
            and /run/pool.

            WHAT SUPERVISORCTL CALLS IT
              status, start, stop, restart, signal   the same; restart drains each worker first, one after the other
              tail -f NAME                           logs -f NAME (tail works too)
              reread                                 plan (reread works too): shows what has changed
              update                                 reload (update works too): applies it, restarting what must be
              reload                                 not the same: here it reads the profiles; shutdown ends the daemon
              pid NAME                               status NAME --format '{pid}'
              fg, avail, add, remove, clear          there is none; profiles say which workers there are

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
                    StartVerb.self, StopVerb.self, RestartVerb.self, RollVerb.self, DeployVerb.self, ScaleVerb.self,
                    DrainVerb.self,
                    ResumeVerb.self,
                    MaintenanceVerb.self, WeightVerb.self, SignalVerb.self, FrontVerb.self, FrontVerb.Hold.self,
                ]
            ),
            CommandGroup(name: "Operations", subcommands: [WaitVerb.self, OperationsVerb.self, CancelVerb.self]),
            CommandGroup(
                name: "Profiles and daemon",
                subcommands: [
                    InitVerb.self, CheckVerb.self, ImportVerb.self, ExportVerb.self, ConfigVerb.self, PlanVerb.self,
                    ReloadVerb.self, ProxyVerb.self, CertificateVerb.self, UpgradeVerb.self, ShutdownVerb.self,
                    VersionVerb.self,
                ]
            ),
            CommandGroup(
                name: "Tools",
                subcommands: [
                    DoctorVerb.self, OpenAPIVerb.self, MetricsVerb.self, CompletionVerb.self, ManualVerb.self,
                ]
            ),
        ]
    )
}
