internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// Looks at a worker's processes for somebody who asks: a few dozen small files of /proc, read once.
///
/// What cannot be read (another user's process, one that has just ended) is left out: the answer is for people.
enum ProcessInspector {
    /// The process and its descendants, each below its parent.
    static func tree(of process: ProcessIdentity) -> [WorkerProcess] {
        var found: [WorkerProcess] = []
        var seen: Set<Int32> = []
        var stack = [(pid: process.pid, depth: 0)]
        while let (pid, depth) = stack.popLast(), found.count < WorkerDetail.processesMax {
            guard seen.insert(pid).inserted, let entry = try? ProcessEntry.of(pid: pid) else { continue }
            // The root must be the very process; a descendant's pid was read a moment ago from its parent.
            if depth == 0, entry.startTicks != process.startTicks { return [] }
            found.append(
                WorkerProcess(
                    pid: pid,
                    depth: depth,
                    name: text("/proc/\(pid)/comm", bytesMax: 64).trimmingNewline,
                    state: String(UnicodeScalar(entry.state)),
                    rssBytes: entry.residentPages * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE)))),
                    cpuSeconds: Double(entry.cpuTicks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK)))),
                    threads: entry.threads
                )
            )
            let children = text("/proc/\(pid)/task/\(pid)/children", bytesMax: 4096).split(separator: " ")
            stack += children.reversed().compactMap { Int32($0) }.map { ($0, depth + 1) }
        }
        GunicornInspector.mark(&found)
        return found
    }

    /// The environment that the process was started with, values hidden unless they can hold no secret.
    static func environment(of process: ProcessIdentity) -> [EnvironmentEntry] {
        guard let entry = try? ProcessEntry.of(pid: process.pid), entry.startTicks == process.startTicks else {
            return []
        }
        let pairs = text("/proc/\(process.pid)/environ", bytesMax: 256 << 10).split(separator: "\0")
        return pairs.compactMap { pair -> EnvironmentEntry? in
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else { return nil }
            let name = String(pair[..<equals])
            return EnvironmentEntry(
                name: name,
                value: isPublic(name) ? String(pair[pair.index(after: equals)...]) : ProfileReply.hidden
            )
        }
        .sorted { $0.name < $1.name }.prefix(WorkerDetail.environmentMax).map { $0 }
    }

    /// Whether it is one that Pool itself gives a worker, or passes on from its own environment: see ``WorkerEnvironment``.
    private static func isPublic(_ name: String) -> Bool {
        let own: Set<String> = [
            "POOL_WORKER", "POOL_NAME", "POOL_WORKER_NUMBER", "NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS",
            "LISTEN_FDNAMES", "LISTEN_PID", "PYTHONUNBUFFERED",
        ]
        return own.contains(name) || WorkerEnvironment.inheritedNames.contains(name) || name.hasPrefix("LC_")
    }

    private static func text(_ path: String, bytesMax: Int) -> String {
        guard let file = try? FileDescriptor.open(path, O_RDONLY),
            let bytes = try? file.contents(bytesMax: bytesMax, name: path)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
