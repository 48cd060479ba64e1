internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

struct HostSamplerTests {
    private func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
        try file.writeAll(Array(text.utf8), name: path)
    }

    @Test func readsWhatTheKernelSays() throws {
        let directory = try TemporaryDirectory()
        let (proc, groups) = ("\(directory.path)/proc", "\(directory.path)/cgroup")
        for path in [proc, "\(proc)/self", "\(proc)/pressure", groups, "\(groups)/pool"] { mkdir(path, 0o700) }
        try write("1:name=systemd:/x\n0::/pool\n", to: "\(proc)/self/cgroup")
        try write("low 0\noom 3\noom_kill 2\noom_group_kill 0\n", to: "\(groups)/pool/memory.events")
        try write("pgfault 77\noom_kill 5\n", to: "\(proc)/vmstat")
        try write(
            "some avg10=1.50 avg60=0.75 avg300=0.10 total=1\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=1\n",
            to: "\(proc)/pressure/memory"
        )
        try write("some avg10=9.00 avg60=8.00 avg300=7.00 total=1\n", to: "\(proc)/pressure/cpu")
        let host = HostSampler(proc: proc, cgroups: groups).read()
        #expect(host.memory == HostStats.Pressure(some10: 1.5, some60: 0.75, full10: 0.25))
        #expect(host.cpu == HostStats.Pressure(some10: 9, some60: 8, full10: 0))
        #expect(host.io == nil, "the kernel does not say")
        #expect(host.cgroupOOMKills == 2 && host.hostOOMKills == 5)
        for path in [
            "\(proc)/self/cgroup", "\(groups)/pool/memory.events", "\(proc)/vmstat", "\(proc)/pressure/memory",
            "\(proc)/pressure/cpu",
        ] { unlink(path) }
        for path in ["\(proc)/self", "\(proc)/pressure", "\(groups)/pool", groups, proc] { rmdir(path) }
    }

    @Test func whatIsMissingIsNotKnown() {
        #expect(HostSampler(proc: "/nonexistent", cgroups: "/nonexistent").read() == HostStats())
    }

    @Test func aKillOfOursIsNotTheKernels() {
        var watch = OOMWatch((cgroup: 0, host: 0))
        let (ours, other) = (ProcessIdentity(pid: 7, startTicks: 1), ProcessIdentity(pid: 7, startTicks: 2))
        watch.read((cgroup: 1, host: 1), at: .seconds(1))
        watch.sentKill(to: ours)
        #expect(watch.explain(endOf: ours, isKilled: true, at: .seconds(2)) == nil)
        #expect(watch.explain(endOf: other, isKilled: false, at: .seconds(2)) == nil, "it has ended by itself")
        #expect(watch.explain(endOf: other, isKilled: true, at: .seconds(2)) == .cgroup, "ours has not used it up")
        watch.read((cgroup: 2, host: 2), at: .seconds(3))
        #expect(watch.explain(endOf: ours, isKilled: true, at: .seconds(3)) == .cgroup, "it is forgotten at its end")
    }

    @Test func eachKillExplainsOneDeathForFiveSeconds() {
        var watch = OOMWatch((cgroup: 1, host: 10))
        watch.read((cgroup: 1, host: 10), at: .seconds(1))
        #expect(watch.explain(at: .seconds(1)) == nil, "what was before is not ours")
        watch.read((cgroup: 2, host: 12), at: .seconds(2))
        #expect(watch.explain(at: .seconds(3)) == .cgroup)
        #expect(watch.explain(at: .seconds(3)) == .host)
        #expect(watch.explain(at: .seconds(3)) == nil)
        watch.read((cgroup: 3, host: 13), at: .seconds(4))
        #expect(watch.explain(at: .seconds(10)) == nil, "too long ago")
        watch.read((cgroup: nil, host: nil), at: .seconds(11))
        #expect(watch.explain(at: .seconds(11)) == nil)
    }
}
