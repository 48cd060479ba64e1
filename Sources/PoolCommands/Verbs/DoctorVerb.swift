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
            doctor.examine(try context.state())
        }
        for file in files {
            var chart = Doctor.Chart(file: file, decoded: try context.decodeProfile(file))
            if let spec = chart.decoded.spec { chart.surroundings = surroundings(spec, file, context) }
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

    /// What of this machine a profile counts on.
    private func surroundings(_ spec: PoolSpec, _ file: String, _ context: Context) -> Doctor.Surroundings {
        let environment = context.environment
        var facts = Doctor.Surroundings()
        facts.isRoot = environment.userID == 0
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(directory)/\(path)" }
        if let program = spec.worker.command.first, !program.contains("{") {
            let places =
                program.contains("/")
                ? [absolute(program)]
                : (environment.variables["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
            facts.hasProgram = places.isEmpty || places.contains(where: environment.exists)
        }
        if let place = spec.worker.directory, !place.contains("{") {
            facts.hasDirectory = environment.exists(absolute(place))
        }
        if let user = spec.worker.user, let users = try? environment.readFile("/etc/passwd") {
            let lines = String(decoding: users, as: UTF8.self).split(separator: "\n")
            facts.hasUser = lines.contains { $0.hasPrefix("\(user):") } || user.allSatisfy(\.isNumber)
        }
        return facts
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
