internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct KeeperTests {
    private func withKeeper(
        _ manager: String = "relay",
        _ body: (KeeperHarness) async throws -> Void
    ) async throws {
        let harness = try KeeperHarness(manager: manager)
        do {
            try await body(harness)
        } catch {
            Issue.record("\(error); keeper said: \(harness.messages)")
        }
        try harness.close()
    }

    @Test func startsAndReapsWhatTheManagerAsksFor() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            let inventory = try await manager.open()
            #expect(inventory.welcome.managerCount == 1)
            #expect(inventory.children.isEmpty && inventory.descriptors.isEmpty)
            #expect(try inventory.welcome.keeper == harness.identity)
            let process = try await manager.spawn(shell: "exit 7", tag: "a")
            let ended = await manager.exit(of: "a")
            #expect(ended?.process == process)
            #expect(ended?.end?.reason == .exited(code: 7))
            #expect(await manager.list().children.map(\.tag) == ["a"])
            await manager.acknowledge(process)
            #expect(await manager.list().children.isEmpty)
            await manager.close()
        }
    }

    @Test func saysWhichStepOfAStartFailed() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            let missing = SpawnRequest(executable: "/nonexistent/app", arguments: ["app"], environment: [])
            #expect(
                await manager.spawn(missing, tag: "x")
                    == .failure(SpawnFailure(.exec, code: ENOENT, object: "/nonexistent/app"))
            )
            var lost = SpawnRequest(executable: "/bin/true", arguments: ["true"], environment: [])
            lost.directory = "/nonexistent"
            #expect(
                await manager.spawn(lost, tag: "x")
                    == .failure(SpawnFailure(.directory, code: ENOENT, object: "/nonexistent"))
            )
            let long = SpawnRequest(
                executable: "/bin/true",
                arguments: ["true", String(repeating: "x", count: Limits.keeperMessageBytesMax)],
                environment: []
            )
            #expect(
                await manager.spawn(long, tag: "x")
                    == .failure(SpawnFailure(.request, code: E2BIG, object: "/bin/true"))
            )
            #expect(await manager.list().children.isEmpty)
            await manager.close()
        }
    }

    @Test func everythingOutlivesTheManager() async throws {
        try await withKeeper { harness in
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            let sleeper = try await first.spawn(shell: "sleep 1000", tag: "sleeper")
            let waiter = try await first.spawn(shell: "read line; exit 3", tag: "waiter")
            let (ours, theirs) = try MessageSocket.pair()
            #expect(await first.store(theirs.descriptor, name: "link/1") == 0)
            theirs.descriptor.close()
            await first.killProcess()
            let second = try harness.nextManager()
            let inventory = try await second.open()
            #expect(inventory.welcome.managerCount == 2)
            let states = Dictionary(uniqueKeysWithValues: inventory.children.map { ($0.process, $0) })
            #expect(states[sleeper]?.end == nil && states[sleeper]?.tag == "sleeper")
            #expect(states[waiter]?.tag == "waiter")
            // stdin is /dev/null, so the waiter ends by itself: told now, or in the inventory.
            var ended = states[waiter]
            if ended?.end == nil { ended = await second.exit(of: "waiter") }
            #expect(ended?.end?.reason == .exited(code: 3))
            let stored = try #require(inventory.descriptors["link/1"])
            #expect(try MessageSocket(adopting: stored).send([1, 2, 3]))
            guard case .message([1, 2, 3], _) = try ours.receive() else {
                Issue.record("the stored descriptor is another file")
                return
            }
            #expect(await second.signal(sleeper, SIGKILL) == 0)
            #expect(await second.exit(of: "sleeper")?.end?.reason == .signaled(signal: SIGKILL, coreDumped: false))
            #expect(await second.signal(sleeper, SIGKILL) == ESRCH)
            await second.close()
        }
    }

    @Test func exitsDuringAnOutageAreKept() async throws {
        try await withKeeper { harness in
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            var processes: [ProcessIdentity] = []
            for index in 0..<20 { processes.append(try await first.spawn(shell: "sleep 1000", tag: "w\(index)")) }
            // The manager is dead but its link is still open here: the keeper learns of it at its own pace.
            kill(first.pid, SIGKILL)
            for process in processes { kill(process.pid, SIGTERM) }
            await first.close()
            let second = try harness.nextManager()
            let inventory = try await second.open()
            #expect(inventory.children.count == 20)
            for child in inventory.children where child.end == nil { _ = await second.exit(of: child.tag) }
            let ends = await second.list().children.map(\.end?.reason)
            #expect(ends == Array(repeating: .signaled(signal: SIGTERM, coreDumped: false), count: 20))
            await second.close()
        }
    }

    @Test func whatADyingManagerAskedForIsInItsSuccessorsInventory() async throws {
        try await withKeeper { harness in
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            // Stopped, so that the requests lie unread in the queue when the manager dies.
            kill(harness.keeper.pid, SIGSTOP)
            let request = SpawnRequest(executable: "/bin/sleep", arguments: ["sleep", "1000"], environment: [])
            // More than the keeper reads in two rounds: it must look for the rest once it has seen the death.
            for index in 0..<200 {
                let message = KeeperRequest.spawn(id: 100, request, targets: [], tag: "late\(index)")
                #expect(try await first.sendRaw(message.encoded))
            }
            let dying = try ProcessIdentity.of(pid: first.pid)
            await first.killProcess()
            try await eventually { !dying.isRunning }
            kill(harness.keeper.pid, SIGCONT)
            let second = try harness.nextManager()
            let tags = try await second.open().children.map(\.tag)
            #expect(Set(tags) == Set((0..<200).map { "late\($0)" }) && tags.count == 200)
            await second.close()
        }
    }

    @Test func theGroupOfAnEndedProcessIsKilled() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            let (ours, theirs) = try MessageSocket.pair()
            let request = SpawnRequest(
                executable: "/bin/sh",
                arguments: ["sh", "-c", "trap '' TERM; sleep 1000 & exit 0"],
                environment: ["PATH=/usr/bin:/bin"]
            )
            // The descriptor closes only when the leader and its child are both gone.
            let descriptors = [SpawnDescriptor(theirs.descriptor, as: 5)]
            _ = try await manager.spawn(request, descriptors: descriptors, tag: "leader").get()
            theirs.descriptor.close()
            #expect(await manager.exit(of: "leader")?.end?.reason == .exited(code: 0))
            #expect(wait(for: ours.descriptor.raw, seconds: 10))
            guard case .closed = try ours.receive() else {
                Issue.record("something came")
                return
            }
            await manager.close()
        }
    }

    @Test func signalsReachAGroup() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            // The shell waits for its child: only a signal to the group ends it at once.
            let process = try await manager.spawn(shell: "sleep 1000; exit 5", tag: "group")
            #expect(await manager.signal(process, SIGTERM, asGroup: true) == 0)
            #expect(await manager.exit(of: "group")?.end?.reason == .signaled(signal: SIGTERM, coreDumped: false))
            let stranger = ProcessIdentity(pid: getpid(), startTicks: 1)
            #expect(await manager.signal(stranger, SIGKILL) == ESRCH)
            await manager.close()
        }
    }

    @Test func aPIDIsNotEnough() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            var process = try await manager.spawn(shell: "sleep 1000", tag: "a")
            process.startTicks += 1
            #expect(await manager.signal(process, SIGKILL) == ESRCH)
            process.startTicks -= 1
            #expect(await manager.signal(process, SIGKILL) == 0)
            await manager.close()
        }
    }

    @Test func orphansAreReaped() async throws {
        try await withKeeper { harness in
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            // The grandchild leaves the group and its parent, and ends when it is an orphan.
            let process = try await first.spawn(shell: "setsid -f sh -c 'sleep 0.2; exit 1'", tag: "daemon")
            _ = await first.exit(of: "daemon")
            await first.acknowledge(process)
            try await eventually { try children(of: harness.keeper.pid) == [first.pid] }
            await first.killProcess()
            let second = try harness.nextManager()
            #expect(try await second.open().welcome.orphanCount >= 1)
            await second.close()
        }
    }

    @Test func descriptorsAreNeitherLeakedNorLost() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            let before = try descriptorCount(of: harness.keeper.pid)
            let request = SpawnRequest(executable: "/bin/true", arguments: ["true"], environment: [])
            let missing = SpawnRequest(executable: "/nonexistent", arguments: ["x"], environment: [])
            for index in 0..<100 {
                let file = try FileDescriptor.open("/dev/null", O_RDONLY)
                let descriptors = [SpawnDescriptor(file, as: 7)]
                let process = try await manager.spawn(request, descriptors: descriptors, tag: "\(index)").get()
                _ = await manager.exit(of: "\(index)")
                await manager.acknowledge(process)
                _ = await manager.spawn(missing, descriptors: descriptors, tag: "no")
                #expect(await manager.store(file, name: "same") == 0)
            }
            await manager.drop("same")
            #expect(await manager.list().descriptors.isEmpty)
            #expect(try descriptorCount(of: harness.keeper.pid) == before)
            #expect(try children(of: harness.keeper.pid) == [manager.pid])
            await manager.close()
        }
    }

    @Test func theStoreIsBounded() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            let file = try FileDescriptor.open("/dev/null", O_RDONLY)
            for index in 0..<Limits.keeperDescriptorsMax {
                #expect(await manager.store(file, name: "\(index)") == 0)
            }
            #expect(await manager.store(file, name: "one more") == ENOSPC)
            #expect(await manager.store(file, name: "7") == 0)
            #expect(await manager.list().descriptors.count == Limits.keeperDescriptorsMax)
            await manager.close()
        }
    }

    @Test func aManagerThatTalksNonsenseIsReplaced() async throws {
        try await withKeeper { harness in
            let first = try harness.nextManager()
            _ = try await first.open()
            await first.reportReady()
            #expect(try await first.sendRaw([255, 1, 2]))
            await first.lost()
            await first.close()
            let second = try harness.nextManager()
            #expect(try await second.open().welcome.managerCount == 2)
            await second.close()
        }
    }

    @Test func theTitleSaysTheRole() async throws {
        try await withKeeper { harness in
            let manager = try harness.nextManager()
            _ = try await manager.open()
            let path = "/proc/\(harness.keeper.pid)/cmdline"
            let bytes = try FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 4096)
            let title = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            #expect("poold: keeper \(harness.directory)/run".hasPrefix(title) && title.hasPrefix("poold: keeper /tmp"))
            await manager.close()
        }
    }
}
