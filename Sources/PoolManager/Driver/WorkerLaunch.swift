internal import Glibc
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// Everything that starting a worker's process takes, out of its profile.
struct WorkerLaunch {
    var request: SpawnRequest
    var address: Address

    /// - Throws: ``LaunchFailure`` where the profile asks for what does not exist here: a user, a file.
    init(_ start: WorkerStart, directories: Directories, inherited: [String: String]) throws(LaunchFailure) {
        let spec = start.spec.worker
        let runDirectory = "\(directories.runtime)/\(start.spec.name)"
        let command: WorkerCommand
        do throws(TemplateError) {
            command = try WorkerCommand(
                start.spec,
                number: start.worker.number,
                runDirectory: runDirectory,
                profileDirectory: start.profileDirectory
            )
        } catch {
            throw LaunchFailure(stage: "template", errno: EINVAL, message: error.description)
        }
        address = command.address
        var environment = WorkerEnvironment(inherited: inherited)
        request = SpawnRequest(executable: command.arguments.first ?? "", arguments: command.arguments, environment: [])
        if let user = spec.user {
            do throws(UserDatabase.Failure) {
                let (entry, credentials) = try UserDatabase.credentials(
                    user: user,
                    group: spec.group,
                    groups: spec.groups
                )
                request.credentials = credentials
                environment.adopt(entry)
            } catch {
                throw LaunchFailure(
                    stage: error.kind,
                    errno: error.code == 0 ? ENOENT : error.code,
                    message: "\(error)"
                )
            }
        }
        for path in command.environmentFiles { try environment.read(path) }
        environment.set(command.environment)
        environment.mark(start, address: address, runtimeDirectory: directories.runtime)
        environment.notify(spec, socket: directories.notifySocket)
        if spec.inheritsSocket { environment.inheritSocket() }
        if let venv = spec.venv { wrap(in: venv, profileDirectory: start.profileDirectory, &environment) }
        request.environment = environment.entries
        request.directory = command.directory
        request.umask = spec.umask
        request.nice = spec.nice.map { Int32(clamping: $0) }
        request.limits = spec.limits.compactMap { ResourceLimit(name: $0.key, value: $0.value) }
    }

    /// Lets the process begin as the one that makes the environment.
    private mutating func wrap(
        in venv: VenvSpec,
        profileDirectory: String,
        _ environment: inout WorkerEnvironment
    ) {
        let path = venv.path.hasPrefix("/") ? venv.path : "\(profileDirectory)/\(venv.path)"
        environment.enter(venv: path)
        request.arguments = VenvProcess.words(venv, path: path, command: request.arguments)
        request.executable = "/proc/self/exe"
    }
}

/// Why a process was not even tried to be started.
struct LaunchFailure: Error, Hashable, Sendable {
    var stage: String
    var errno: Int32
    var message: String
}
