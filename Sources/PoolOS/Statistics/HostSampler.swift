package import PoolModel

/// Reads how short the host is of processors, memory and disks, and how often the kernel has killed for memory.
package struct HostSampler {
    private let proc: String
    private let events: String?

    /// - Parameters:
    ///   - proc: where procfs is.
    ///   - cgroups: where the cgroup v2 hierarchy is.
    package init(proc: String = "/proc", cgroups: String = "/sys/fs/cgroup") {
        self.proc = proc
        let own = HostSampler.text("\(proc)/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::/") }
        events = own.map { "\(cgroups)\($0.dropFirst(3))/memory.events" }
    }

    package func read() -> HostStats {
        HostStats(
            cpu: pressure("cpu"),
            memory: pressure("memory"),
            io: pressure("io"),
            cgroupOOMKills: events.flatMap { HostSampler.counter("oom_kill", in: $0) },
            hostOOMKills: hostOOMKills
        )
    }

    /// The two counters alone.
    package var oomKills: (cgroup: UInt64?, host: UInt64?) {
        (events.flatMap { HostSampler.counter("oom_kill", in: $0) }, hostOOMKills)
    }

    private var hostOOMKills: UInt64? { HostSampler.counter("oom_kill", in: "\(proc)/vmstat") }

    /// `some avg10=1.50 avg60=0.90 avg300=0.40 total=12345`, and the same for `full`.
    private func pressure(_ name: String) -> HostStats.Pressure? {
        guard let text = HostSampler.text("\(proc)/pressure/\(name)") else { return nil }
        func average(_ line: String, _ key: String) -> Double? {
            let words = text.split(separator: "\n").first { $0.hasPrefix("\(line) ") }?.split(separator: " ") ?? []
            return words.first { $0.hasPrefix("\(key)=") }.flatMap { Double($0.dropFirst(key.utf8.count + 1)) }
        }
        guard let some10 = average("some", "avg10"), let some60 = average("some", "avg60") else { return nil }
        // Older kernels have no full line for the processor.
        return HostStats.Pressure(some10: some10, some60: some60, full10: average("full", "avg10") ?? 0)
    }

    private static func counter(_ name: String, in path: String) -> UInt64? {
        guard let bytes = bytes(of: path) else { return nil }
        // By bytes: vmstat has some 180 lines, and a killed worker's successor waits for this one.
        let key = Array("\(name) ".utf8)
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if bytes[start..<end].starts(with: key) {
                return UInt64(String(decoding: bytes[(start + key.count)..<end], as: UTF8.self))
            }
            start = end + 1
        }
        return nil
    }

    private static func bytes(of path: String) -> [UInt8]? {
        try? FileDescriptor.open(path, 0).contents(bytesMax: 1 << 20, name: path)
    }

    private static func text(_ path: String) -> String? {
        bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Tells whether a process that was killed was killed for want of memory. The kernel says how many it has killed, not
/// which: one that was killed by a signal that nobody of ours sent, within seconds after a count rose, was it.
package struct OOMWatch {
    /// How long a kill may take to become an exit: a large process takes its time to go.
    private static let memory = Duration.seconds(5)

    private static let askedMax = 8192

    package enum Scope: String, Hashable, Sendable {
        case cgroup, host
    }

    private var counts: (cgroup: UInt64?, host: UInt64?)
    private var kills: [(scope: Scope, at: Duration)] = []
    /// Processes that were sent KILL by us, and have not ended yet.
    private var asked: Set<ProcessIdentity> = []

    package init(_ counts: (cgroup: UInt64?, host: UInt64?)) { self.counts = counts }

    /// Takes the counters in: once a second, and before a death is judged.
    package mutating func read(_ counts: (cgroup: UInt64?, host: UInt64?), at now: Duration) {
        kills.removeAll { now - $0.at > OOMWatch.memory }
        let inCgroup = OOMWatch.rise(from: self.counts.cgroup, to: counts.cgroup)
        // Those of our cgroup are the host's too.
        let onHost = max(0, OOMWatch.rise(from: self.counts.host, to: counts.host) - inCgroup)
        self.counts = counts
        kills += Array(repeating: (.cgroup, now), count: inCgroup) + Array(repeating: (.host, now), count: onHost)
    }

    /// We have sent a process KILL ourselves.
    package mutating func sentKill(to process: ProcessIdentity) {
        // One whose end was told before is never taken out again.
        if asked.count >= OOMWatch.askedMax { asked = [] }
        asked.insert(process)
    }

    /// A process has ended, by KILL or not: whether the kernel has killed it. A death that we asked for uses up none of
    /// the kernel's kills.
    package mutating func explain(endOf process: ProcessIdentity, isKilled: Bool, at now: Duration) -> Scope? {
        let isOurs = asked.remove(process) != nil
        return isKilled && !isOurs ? explain(at: now) : nil
    }

    /// One process has been killed: by whom, if by the kernel. Each kill explains one death.
    package mutating func explain(at now: Duration) -> Scope? {
        kills.removeAll { now - $0.at > OOMWatch.memory }
        guard let index = kills.firstIndex(where: { $0.scope == .cgroup }) ?? kills.indices.first else { return nil }
        return kills.remove(at: index).scope
    }

    private static func rise(from old: UInt64?, to new: UInt64?) -> Int {
        guard let old, let new, new > old else { return 0 }
        return Int(min(new - old, 1024))
    }
}
