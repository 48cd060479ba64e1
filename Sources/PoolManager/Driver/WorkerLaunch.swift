internal import Glibc
internal import PoolCore
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

    /// Everything that running a hook takes: it is started as the worker would be, but is not taken for one.
    init(_ hook: HookStart, directories: Directories, inherited: [String: String]) throws(LaunchFailure) {
        var spec = hook.spec
        spec.worker.command = hook.spec.hooks[hook.run.hook]
        // It does not make the worker's environment, listen for it, or speak for it.
        spec.worker.venv = nil
        spec.worker.inheritsSocket = false
        spec.worker.ready = .time
        spec.worker.watchdog = nil
        let id = hook.worker?.id ?? WorkerID(pool: spec.name, number: spec.first)
        let start = WorkerStart(
            worker: id,
            life: hook.worker?.life ?? 0,
            generation: hook.run.generation,
            spec: spec,
            profileDirectory: hook.profileDirectory
        )
        try self.init(start, directories: directories, inherited: inherited)
        // By it a worker is found again after the keeper's death.
        request.environment.removeAll { $0.hasPrefix("POOL_WORKER=") }
        if let venv = hook.spec.worker.venv {
            let path = venv.path.hasPrefix("/") ? venv.path : "\(hook.profileDirectory)/\(venv.path)"
            let paths = request.environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
            request.environment.removeAll { $0.hasPrefix("PATH=") || $0.hasPrefix("VIRTUAL_ENV=") }
            request.environment += ["VIRTUAL_ENV=\(path)", "PATH=\(path)/bin:\(paths)"]
        }
        request.environment.append("POOL_HOOK=\(hook.run.hook.rawValue)")
        request.environment.append("POOL_GENERATION=\(hook.run.generation)")
        switch hook.run.subject {
        case .worker: request.environment.append("POOL_WORKER_NAME=\(id)")
        case .operation(let operation):
            request.environment.removeAll { $0.hasPrefix("POOL_WORKER_NUMBER=") }
            request.environment.append("POOL_OPERATION=\(operation)")
        }
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
