internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

/// Real children. That none of them and no descriptor is left is counted in a keeper's process, where nobody else
/// opens any.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SpawnTests {
    private static let environment = ["PATH=/usr/bin:/bin", "NAME=value with space"]

    private func shell(_ script: String) -> SpawnRequest {
        SpawnRequest(executable: "/bin/sh", arguments: ["sh", "-c", script], environment: SpawnTests.environment)
    }

    /// Runs to the end; returns stdout and the exit status (minus the signal).
    private func run(
        _ request: SpawnRequest,
        _ more: [SpawnDescriptor] = []
    ) throws -> (output: String, status: Int32) {
        var ends: [Int32] = [-1, -1]
        try syscall("pipe2") { pool_pipe(&ends, 0) }
        let reader = FileDescriptor(adopting: ends[0])
        let writer = FileDescriptor(adopting: ends[1])
        let child = try ProcessSpawner.spawn(request, descriptors: [SpawnDescriptor(writer, as: 1)] + more)
        writer.close()
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(reader.raw, &buffer, buffer.count), count > 0 { output += buffer.prefix(count) }
        var ended = pool_ended()
        guard wait(for: child.pidfd), pool_reap_pidfd(child.pidfd.raw, &ended) == 1 else { return ("", Int32.min) }
        let status = ended.code == CLD_EXITED ? ended.status : -ended.status
        return (String(decoding: output, as: UTF8.self), status)
    }

    @Test func argumentsEnvironmentAndDirectoryArrive() throws {
        var request = shell("echo \"$0 $1 $NAME\"; pwd; exit 3")
        request.arguments += ["zero", "one two"]
        request.directory = "/usr"
        let (output, status) = try run(request)
        #expect(output == "zero one two value with space\n/usr\n")
        #expect(status == 3)
    }

    @Test func aNameIsLookedUpInThePath() throws {
        let request = SpawnRequest(
            executable: "true",
            arguments: ["true"],
            environment: ["PATH=/nonexistent:/usr/bin:/bin"]
        )
        #expect(try run(request).status == 0)
        #expect(
            ProcessSpawner.candidates("x", environment: ["PATH=/a::/b"]) == ["/a/x", "./x", "/b/x"]
        )
        #expect(ProcessSpawner.candidates("./x", environment: ["PATH=/a"]) == ["./x"])
    }

    @Test func aDescriptorArrivesUnderItsNumberAndNoOtherDoes() throws {
        let stray = try FileDescriptor.open("/dev/zero", O_RDONLY)
        try stray.setCloseOnExec(false)
        let (ours, theirs) = try MessageSocket.pair()
        // Descriptor 9 is made of a file, and 3 of one whose own number may be 9: no order may lose one.
        let file = try FileDescriptor.open("/dev/full", O_WRONLY)
        let (output, _) = try run(
            shell("ls -l /proc/self/fd | awk '{print $9, $11}'"),
            [SpawnDescriptor(file, as: 9), SpawnDescriptor(theirs.descriptor, as: 3)]
        )
        let lines = output.split(separator: "\n").map(String.init)
        #expect(lines.contains("0 /dev/null") && lines.contains("2 /dev/null") && lines.contains("9 /dev/full"))
        #expect(lines.contains { $0.hasPrefix("3 socket:") })
        #expect(!output.contains("/dev/zero"))
        withExtendedLifetime((stray, ours)) {}
    }

    @Test func crossedDescriptorsAreNotConfused() throws {
        let (first, second) = (
            try FileDescriptor.open("/dev/zero", O_RDONLY), try FileDescriptor.open("/dev/full", O_RDONLY)
        )
        // Each goes to the number that the other has here.
        let (output, _) = try run(
            shell("readlink /proc/self/fd/\(first.raw) /proc/self/fd/\(second.raw)"),
            [SpawnDescriptor(first, as: second.raw), SpawnDescriptor(second, as: first.raw)]
        )
        #expect(output == "/dev/full\n/dev/zero\n")
    }

    @Test func signalsAreAsAtTheStartOfASession() throws {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        defer { signal(SIGHUP, SIG_DFL) }
        let request = SpawnRequest(executable: "/bin/cat", arguments: ["cat", "/proc/self/status"], environment: [])
        let lines = try run(request).output.split(separator: "\n").filter {
            $0.hasPrefix("Sig") && !$0.hasPrefix("SigQ")
        }
        #expect(lines.count == 4 && lines.allSatisfy { $0.hasSuffix(":\t0000000000000000") }, "\(lines)")
    }

    @Test func aGroupAndASessionAreItsOwn() throws {
        var request = shell("cut -d' ' -f1,5,6 /proc/$$/stat")
        request.session = .group
        var fields = try run(request).output.split(whereSeparator: \.isWhitespace)
        #expect(fields.count == 3 && fields[0] == fields[1] && fields[0] != fields[2])
        request.session = .session
        fields = try run(request).output.split(whereSeparator: \.isWhitespace)
        #expect(fields.count == 3 && fields[0] == fields[1] && fields[0] == fields[2])
        request.session = .inherited
        fields = try run(request).output.split(whereSeparator: \.isWhitespace)
        #expect(fields.count == 3 && fields[1] == "\(getpgrp())")
    }

    @Test func limitsUmaskAndNiceAreSet() throws {
        var request = shell("ulimit -n; umask; nice")
        request.limits = [try #require(ResourceLimit(name: "nofile", value: 77))]
        request.umask = 0o027
        request.nice = 5
        #expect(try run(request).output == "77\n0027\n5\n")
        #expect(ResourceLimit(name: "nofiles", value: 1) == nil)
    }

    @Test func listenPIDIsTheChildsOwn() throws {
        var request = shell("echo $$ $LISTEN_PID $LISTEN_FDS")
        request.environment += ["LISTEN_FDS=1", "LISTEN_PID=0"]
        let fields = try run(request).output.split(whereSeparator: \.isWhitespace)
        #expect(fields.count == 3 && fields[0] == fields[1] && fields[2] == "1")
    }

    @Test(.enabled(if: geteuid() == 0, "only root may become another user"))
    func credentialsAreTakenOver() throws {
        var request = shell("id -u; id -g; id -G")
        request.credentials = SpawnRequest.Credentials(userID: 65_534, groupID: 65_533, groups: [65_533, 1234])
        #expect(try run(request).output == "65534\n65533\n65533 1234\n")
        request.directory = "/root"
        #expect(throws: SpawnFailure(.directory, code: EACCES, object: "/root")) { try run(request) }
    }

    @Test(.enabled(if: geteuid() != 0, "root may become any user"))
    func foreignCredentialsAreRefused() throws {
        var request = shell("true")
        request.credentials = SpawnRequest.Credentials(userID: 0, groupID: 0, groups: [])
        #expect(throws: SpawnFailure(.groups, code: EPERM, object: "/bin/sh")) { try run(request) }
    }

    @Test func failuresNameTheirStep() throws {
        let missing = SpawnRequest(executable: "/nonexistent", arguments: ["x"], environment: [])
        #expect(throws: SpawnFailure(.exec, code: ENOENT, object: "/nonexistent")) { try run(missing) }
        let unknown = SpawnRequest(executable: "no-such-program", arguments: ["x"], environment: ["PATH=/usr/bin:/bin"])
        #expect(throws: SpawnFailure(.exec, code: ENOENT, object: "no-such-program")) { try run(unknown) }
        let denied = SpawnRequest(executable: "/etc/passwd", arguments: ["x"], environment: [])
        #expect(throws: SpawnFailure(.exec, code: EACCES, object: "/etc/passwd")) { try run(denied) }
        var lost = shell("true")
        lost.directory = "/nonexistent"
        #expect(throws: SpawnFailure(.directory, code: ENOENT, object: "/nonexistent")) { try run(lost) }
        var impossible = shell("true")
        impossible.limits = [ResourceLimit(resource: 7, soft: 100, hard: 50)]
        #expect(throws: SpawnFailure(.limits, code: EINVAL, object: "/bin/sh")) { try run(impossible) }
        var cut = shell("true")
        cut.environment.append("A=b\0c")
        #expect(throws: SpawnFailure(.request, code: EINVAL, object: "/bin/sh")) { try run(cut) }
        #expect(
            SpawnFailure(.exec, code: ENOENT, object: "/x").description == "exec /x: no such file or directory (ENOENT)"
        )
    }
}
