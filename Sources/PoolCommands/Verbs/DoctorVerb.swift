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
        // Those that run, too; where they cannot be read from here the daemon's own word is enough.
        for pool in state?.pools ?? [] {
            guard let path = pool.profilePath, !files.contains(where: { isSame($0, path, context) }),
                let chart = try? chart(path, state, context)
            else { continue }
            doctor.examine(chart)
        }
        if common.json {
            try context.print(json: doctor.findings)
        } else {
            try context.print(doctor.findings.flatMap { lines($0, context.style) })
        }
        return doctor.hasTrouble ? .failed : .done
    }

    private func isSame(_ file: String, _ path: String, _ context: Context) -> Bool {
        file == path || "\(context.environment.workingDirectory())/\(file)" == path
    }

    private func chart(_ file: String, _ state: StateSnapshot?, _ context: Context) throws -> Doctor.Chart {
        var chart = Doctor.Chart(file: file, decoded: try context.decodeProfile(file))
        guard let spec = chart.decoded.spec else { return chart }
        chart.surroundings = surroundings(spec, file, context)
        // A running daemon holds its own addresses, and may bind ports that we may not.
        let held = Set(state?.pools.flatMap(\.listen) ?? [])
        for address in spec.front.listen where !held.contains(address) {
            guard let why = context.environment.bindFailure(address), state == nil || why.contains("in use") else {
                continue
            }
            chart.unbindable.append((address, why))
        }
        return chart
    }

    /// How many descriptors the daemon's own processes may have; nil where that cannot be seen from here.
    private func descriptorsMax(of version: VersionReply, _ context: Context) -> UInt64? {
        guard case .socket = context.endpoint,
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
