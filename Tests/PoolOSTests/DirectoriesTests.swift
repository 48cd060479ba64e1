internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

struct DirectoriesTests {
    private func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try syscall("stat", on: path) { stat(path, &status) }
        return status.st_mode & 0o777
    }

    @Test func theyAreMadeWithTheirModesAndKept() throws {
        let directory = try TemporaryDirectory()
        let directories = Directories(runtime: directory.file("a/run"), state: directory.file("a/state"))
        try directories.create()
        let expected: UInt32 = geteuid() == 0 ? 0o750 : 0o700
        #expect(try mode(directories.runtime) == expected)
        #expect(try mode(directories.state) == expected)
        try directories.openRuntimeToWorkers()
        try directories.create()
        #expect(try mode(directories.runtime) == 0o751)
    }

    @Test func aDirectoryThatOthersWriteToIsRefused() throws {
        let directory = try TemporaryDirectory()
        let open = directory.file("open")
        mkdir(open, 0o777)
        chmod(open, 0o777)
        let error = #expect(throws: PoolError.self) {
            try Directories(runtime: open, state: directory.file("state")).create()
        }
        #expect(error?.code == .permissionDenied)
        #expect(error?.message.contains("other users can write to it") == true)
        #expect(error?.remedy?.contains("--runtime-dir") == true)
    }

    /// As root one can make what another user's directory would be; a user can only meet root's, which are trusted.
    @Test func aForeignGroupsOrUsersDirectoryIsRefused() throws {
        let directory = try TemporaryDirectory()
        func problem(mode: mode_t, user: uid_t, group: gid_t) throws -> String? {
            let path = directory.file("mode-\(mode)-\(user)-\(group)")
            mkdir(path, 0o700)
            try syscall("chown", on: path) { chown(path, user, group) }
            try syscall("chmod", on: path) { chmod(path, mode) }
            do throws(PoolError) {
                try Directories.create(path, mode: 0o700, option: "--state-dir")
                return nil
            } catch {
                return error.message
            }
        }
        #expect(try problem(mode: 0o770, user: geteuid(), group: getegid()) == nil)
        guard geteuid() == 0 else { return }
        #expect(try problem(mode: 0o770, user: 0, group: 12_345)?.contains("the group 12345 can write to it") == true)
        #expect(try problem(mode: 0o750, user: 0, group: 12_345) == nil)
        #expect(try problem(mode: 0o700, user: 12_345, group: 0)?.contains("it belongs to uid 12345") == true)
    }

    @Test func aFileInTheWayIsSaid() throws {
        let directory = try TemporaryDirectory()
        try FileDescriptor.open(directory.file("file"), O_WRONLY | O_CREAT).close()
        let error = #expect(throws: PoolError.self) {
            try Directories(runtime: directory.file("file"), state: directory.file("state")).create()
        }
        #expect(error?.message.contains("not a directory") == true)
        #expect(throws: PoolError.self) { try Directories(runtime: "relative", state: "/tmp").create() }
    }

    @Test func aRuntimeDirectoryTooLongForASocketIsRefused() throws {
        let directory = try TemporaryDirectory()
        let long = directory.file(String(repeating: "r", count: 100))
        let error = #expect(throws: PoolError.self) {
            try Directories(runtime: long, state: directory.file("state")).create()
        }
        #expect(error?.remedy == "choose a shorter --runtime-dir")
    }

    @Test func theLockIsExclusiveAndNamesItsHolder() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("poold.lock")
        #expect(RuntimeLock.holder(path: path) == nil)
        var lock: RuntimeLock? = try RuntimeLock(path: path)
        #expect(RuntimeLock.holder(path: path) == (try ProcessIdentity.current()))
        let error = #expect(throws: PoolError.self) { try RuntimeLock(path: path) }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("pid \(getpid())") == true)
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(throws: Never.self) { try RuntimeLock(path: path) }
    }

    @Test func aLeftoverLockFileHoldsNobodyBack() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("poold.lock")
        try FileDescriptor.open(path, O_WRONLY | O_CREAT).writeAll(Array("\(getpid()) 1\n".utf8))
        // The pid is alive, but belongs to a process that began at another time.
        #expect(RuntimeLock.holder(path: path) == nil)
        #expect(throws: Never.self) { try RuntimeLock(path: path) }
    }
}
