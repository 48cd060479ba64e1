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
            Looks at the daemon and its limits, at every worker, at the certificates, at the profiles that run and at those
            that are given. Exits with 1 where something is in trouble, with 0 otherwise.

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
        let version = Result { () throws(SessionError) in try context.send(.version()) }
        doctor.examine(version)
        var state: StateSnapshot?
        if case .success(let reply) = version {
            if let most = descriptorsMax(of: reply, context) { doctor.examine(descriptorsMax: most, isOfDaemon: true) }
            let found = try context.state()
            doctor.examine(found)
            if let list = try? context.send(.certificates()) {
                doctor.examine(list.certificates, at: context.environment.now())
            }
            state = found
        } else {
            doctor.examine(descriptorsMax: context.environment.descriptorsMax())
        }
        for file in files { doctor.examine(try chart(file, state, context)) }
        // Those that run, too, where they are files of this machine that can be read; what of it they count on has been
        // found by the daemon, whose paths, users and rights are not ours.
        let given = Set(files.map { absolute($0, in: context.environment.workingDirectory()) })
        for path in (state?.pools ?? []).compactMap(\.profilePath) where isLocal(context) && !given.contains(path) {
            guard let decoded = try? context.decodeProfile(path) else { continue }
            doctor.examine(Doctor.Chart(file: path, decoded: decoded))
        }
        if common.json {
            try context.print(json: doctor.findings)
        } else {
            try context.print(doctor.findings.flatMap { lines($0, context.style) })
        }
        return doctor.hasTrouble ? .failed : .done
    }

    private func isLocal(_ context: Context) -> Bool {
        if case .socket = context.endpoint { true } else { false }
    }

    private func absolute(_ path: String, in directory: String) -> String {
        let path = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return path.hasPrefix("/") ? path : "\(directory)/\(path)"
    }

    private func chart(_ file: String, _ state: StateSnapshot?, _ context: Context) throws -> Doctor.Chart {
        var chart = Doctor.Chart(file: file, decoded: try context.decodeProfile(file))
        guard let spec = chart.decoded.spec else { return chart }
        chart.surroundings = surroundings(spec, file, context)
        // A running daemon holds its own addresses, and may bind ports that we may not.
        let held = Set(state?.pools.flatMap(\.listen) ?? [])
        for address in spec.front.listen where !held.contains(address) {
            guard let failure = context.environment.bindFailure(address), state == nil || failure.isInUse else {
                continue
            }
            chart.unbindable.append((address, failure.why))
        }
        return chart
    }

    /// How many descriptors the daemon's own processes may have; nil where that cannot be seen from here.
    private func descriptorsMax(of version: VersionReply, _ context: Context) -> UInt64? {
        guard isLocal(context),
            let limits = try? context.environment.readFile("/proc/\(version.pid)/limits")
        else { return nil }
        let lines = String(decoding: limits, as: UTF8.self).split(separator: "\n")
        let name = "Max open files"
        return lines.first { $0.hasPrefix(name) }?.dropFirst(name.count).split(separator: " ").first.map {
            UInt64($0) ?? .max
        }
    }

    /// What of this machine a profile counts on.
    private func surroundings(_ spec: PoolSpec, _ file: String, _ context: Context) -> Doctor.Surroundings {
        let environment = context.environment
        var facts = Doctor.Surroundings()
        facts.isRoot = environment.userID == 0
        let home = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let place = spec.worker.directory.map { absolute($0, in: home) } ?? home
        if !place.contains("{") {
            facts.hasDirectory = environment.exists(place)
            facts.hasProgram = hasProgram(spec.worker, in: place, home, environment)
        }
        if let user = spec.worker.user { facts.hasUser = user.allSatisfy(\.isNumber) || environment.hasUser(user) }
        return facts
    }

    /// Looks where the worker will: a name in its PATH, with its virtual environment's programs in front; a relative path
    /// in its directory.
    private func hasProgram(_ worker: WorkerSpec, in place: String, _ home: String, _ environment: ProgramEnvironment)
        -> Bool
    {
        guard let program = worker.command.first, !program.contains("{") else { return true }
        if program.contains("/") { return environment.exists(absolute(program, in: place)) }
        var path = (worker.environment["PATH"] ?? environment.variables["PATH"] ?? "").split(separator: ":").map(
            String.init
        )
        if let venv = worker.venv {
            let directory = absolute(venv.path, in: home)
            // One that is still to be made has what its packages bring.
            guard environment.exists(directory) else { return true }
            path.append("\(directory)/bin")
        }
        return path.isEmpty || path.contains { $0.contains("{") || environment.exists("\($0)/\(program)") }
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
