internal import ArgumentParser
internal import PoolAPI
private import PoolClient
private import PoolProfile
private import PoolModel

/// `poolctl doctor`.
struct DoctorVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for the commonest troubles, and say what to do about each.",
        discussion: """
            Looks at the daemon, at every worker, at this machine's limits, and at profiles that are given. Exits with 1
            where something is in trouble, with 0 otherwise.

            EXAMPLES
              poolctl doctor
              poolctl doctor profiles/aiohttp.toml
            """
    )

    @Argument(help: "Profiles to look at too.")
    var files: [String] = []

    @OptionGroup var common: CommonOptions

    func perform(_ context: Context) throws -> ExitCode {
        var doctor = Doctor()
        doctor.examine(descriptorsMax: context.environment.descriptorsMax())
        let version = Result { () throws(SessionError) in try context.send(.version()) }
        doctor.examine(version)
        var hasDaemon = false
        if case .success = version {
            hasDaemon = true
            doctor.examine(try context.send(.state()))
        }
        for file in files {
            var chart = Doctor.Chart(file: file, decoded: try context.decodeProfile(file))
            // A running daemon holds its addresses itself.
            for address in hasDaemon ? [] : chart.decoded.spec?.front.listen ?? [] {
                if let why = context.environment.bindFailure(address) { chart.unbindable.append((address, why)) }
            }
            doctor.examine(chart)
        }
        if common.json {
            try context.print(json: doctor.findings)
        } else {
            try context.print(doctor.findings.flatMap { lines($0, context.style) })
        }
        return doctor.hasTrouble ? .failed : .done
    }

    private func lines(_ finding: Doctor.Finding, _ style: Style) -> [String] {
        let mark =
            switch finding.severity {
            case .ok: style("ok      ", .good)
            case .warning: style("warning ", .warn)
            case .trouble: style("trouble ", .bad)
            }
        let remedy = finding.remedy.map { ["         -> \(TerminalText.clean($0))"] } ?? []
        return ["\(mark) \(TerminalText.clean(finding.what))"] + remedy
    }
}
