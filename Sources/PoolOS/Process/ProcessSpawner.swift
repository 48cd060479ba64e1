internal import CPoolOS
internal import Glibc

/// Starts processes as children of this one.
package enum ProcessSpawner {
    /// A started child. Its descriptor reads as ready when it has ended.
    package struct Child: Sendable {
        package var pid: Int32
        package var pidfd: FileDescriptor
    }

    /// Starts a process; returns when its program has been executed or could not be.
    ///
    /// The calling thread sleeps for that time (tens of microseconds). Nothing is left of a failed start.
    package static func spawn(
        _ request: SpawnRequest,
        descriptors: [SpawnDescriptor] = []
    ) throws(SpawnFailure) -> Child {
        try check(request, descriptors)
        let null = try nullDevice(descriptors)
        var placed = descriptors
        if let null {
            for target in Int32(0)...2 where !descriptors.contains(where: { $0.target == target }) {
                placed.append(SpawnDescriptor(null, as: target))
            }
        }
        var spawned = pool_spawned()
        let result = withExtendedLifetime(placed) {
            call(request, sources: placed.map(\.file.raw), targets: placed.map(\.target), &spawned)
        }
        guard result == 0 else {
            let stage = SpawnFailure.Stage(rawValue: UInt8(clamping: spawned.stage)) ?? .request
            throw SpawnFailure(stage, code: spawned.error, object: object(of: stage, in: request))
        }
        return Child(pid: spawned.pid, pidfd: FileDescriptor(adopting: spawned.pidfd))
    }

    /// The files to try for an executable: itself where it names a place, else one for each directory of PATH.
    package static func candidates(_ executable: String, environment: [String]) -> [String] {
        if executable.contains("/") { return [executable] }
        let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":", omittingEmptySubsequences: false).map { directory in
            // An empty element is the working directory, as execvp has it.
            directory.isEmpty ? "./\(executable)" : "\(directory)/\(executable)"
        }
    }

    private static func check(_ request: SpawnRequest, _ descriptors: [SpawnDescriptor]) throws(SpawnFailure) {
        let texts = [request.executable, request.directory ?? ""] + request.arguments + request.environment
        let targets = Set(descriptors.map(\.target))
        guard !request.executable.isEmpty, !request.arguments.isEmpty,
            // The kernel ends texts at a NUL: what follows would silently be missing.
            !texts.contains(where: { $0.utf8.contains(0) }),
            targets.count == descriptors.count, targets.allSatisfy({ $0 >= 0 && $0 < 1024 }),
            descriptors.count + 3 <= POOL_SPAWN_DESCRIPTORS_MAX
        else {
            throw SpawnFailure(.request, code: EINVAL, object: request.executable)
        }
    }

    private static func nullDevice(_ descriptors: [SpawnDescriptor]) throws(SpawnFailure) -> FileDescriptor? {
        if Set(descriptors.map(\.target)).isSuperset(of: 0...2) { return nil }
        do throws(SystemError) {
            return try FileDescriptor.open("/dev/null", O_RDWR)
        } catch {
            throw SpawnFailure(.descriptors, code: error.code, object: "/dev/null")
        }
    }

    /// Entries of the environment that get the process's own pid.
    private static let ownPIDNames = ["LISTEN_PID=", "POOL_PID="]

    private static func call(
        _ request: SpawnRequest,
        sources: [Int32],
        targets: [Int32],
        _ spawned: inout pool_spawned
    ) -> Int32 {
        let paths = CStringArray(candidates(request.executable, environment: request.environment))
        let arguments = CStringArray(request.arguments)
        let environment = CStringArray(
            request.environment.map { entry in
                // Room for the digits that the child writes.
                ownPIDNames.first { entry.hasPrefix($0) }.map { "\($0)0000000000" } ?? entry
            }
        )
        let directory = CStringArray(request.directory.map { [$0] } ?? [])
        let groups = request.credentials?.groups ?? []
        let limits = request.limits.map {
            pool_limit(resource: $0.resource, soft: $0.soft, hard: $0.hard)
        }
        defer { withExtendedLifetime((paths, arguments, environment, directory)) {} }
        return sources.withUnsafeBufferPointer { sources in
            targets.withUnsafeBufferPointer { targets in
                groups.withUnsafeBufferPointer { groups in
                    limits.withUnsafeBufferPointer { limits in
                        var form = pool_spawn_request(
                            paths: paths.constant,
                            argv: arguments.pointer,
                            envp: environment.pointer,
                            directory: directory.pointer.pointee,
                            sources: sources.baseAddress,
                            targets: targets.baseAddress,
                            descriptors: Int32(sources.count),
                            session: Int32(request.session.rawValue),
                            uid: request.credentials.map { Int64($0.userID) } ?? -1,
                            gid: request.credentials.map { Int64($0.groupID) } ?? -1,
                            groups: groups.baseAddress,
                            group_count: request.credentials == nil ? -1 : Int32(groups.count),
                            limits: limits.baseAddress,
                            limit_count: Int32(limits.count),
                            umask: request.umask.map { Int32($0) } ?? -1,
                            has_nice: request.nice == nil ? 0 : 1,
                            nice: request.nice ?? 0,
                            has_oom: request.oomScoreAdjustment == nil ? 0 : 1,
                            oom: request.oomScoreAdjustment ?? 0,
                            cgroup_procs: -1
                        )
                        return pool_spawn(&form, &spawned)
                    }
                }
            }
        }
    }

    private static func object(of stage: SpawnFailure.Stage, in request: SpawnRequest) -> String {
        switch stage {
        case .directory: request.directory ?? ""
        case .user: request.credentials.map { "\($0.userID)" } ?? ""
        case .group: request.credentials.map { "\($0.groupID)" } ?? ""
        default: request.executable
        }
    }
}

/// Texts as C wants them: an array of pointers that ends with NULL.
private final class CStringArray {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointer = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() { (pointer + index).initialize(to: strdup(text)) }
        (pointer + count).initialize(to: nil)
    }

    var constant: UnsafePointer<UnsafePointer<CChar>?> {
        UnsafeRawPointer(pointer).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    }

    deinit {
        for index in 0..<count { free(pointer[index]) }
        pointer.deallocate()
    }
}
