internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Synchronization
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct ReactorTests {
    /// State that only its own thread touches, as the manager's is.
    private actor Owner {
        nonisolated let reactor: Reactor
        private var count = 0

        nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

        init() throws { reactor = try Reactor.start(name: "test") }

        func increment() -> Bool {
            count += 1
            return reactor.isOnThread
        }

        func total() -> Int { count }

        /// Counts every byte that comes through the pipe by a handler, which runs outside of any task.
        func countBytes(from reader: FileDescriptor, upTo limit: Int) async throws {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                do {
                    try reactor.watch(reader.raw, .readable) { _ in
                        var byte: UInt8 = 0
                        guard read(reader.raw, &byte, 1) == 1 else { return }
                        self.count += 1
                        if self.count == limit {
                            self.reactor.unwatch(reader.raw)
                            continuation.resume()
                        }
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    @Test func anActorRunsOnTheThread() async throws {
        let owner = try Owner()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 { group.addTask { await owner.increment() } }
            for await isOnThread in group { #expect(isOnThread) }
        }
        #expect(await owner.total() == 1000)
        owner.reactor.stop()
    }

    @Test func aHandlerMayTouchTheActorsState() async throws {
        let owner = try Owner()
        var ends: [Int32] = [-1, -1]
        try syscall("pipe2") { pool_pipe(&ends, 1) }
        let (reader, writer) = (FileDescriptor(adopting: ends[0]), FileDescriptor(adopting: ends[1]))
        async let counted: Void = owner.countBytes(from: reader, upTo: 100)
        try writer.writeAll([UInt8](repeating: 1, count: 100))
        try await counted
        #expect(await owner.total() == 100)
        owner.reactor.stop()
    }

    @Test func timersFireInOrderAndACancelledOneNever() throws {
        let reactor = try Reactor()
        var fired: [Int] = []
        var later: TimerID?
        let now = MonotonicClock.now
        reactor.schedule(at: now + .milliseconds(3)) { fired.append(3) }
        reactor.schedule(at: now + .milliseconds(1)) {
            fired.append(1)
            // Due by now as well, if the machine is slow: cancelling must still hold.
            if let later { reactor.cancel(later) }
        }
        reactor.schedule(at: now + .milliseconds(1)) { fired.append(2) }
        later = reactor.schedule(at: now + .milliseconds(2)) { fired.append(99) }
        reactor.schedule(at: now + .milliseconds(5)) { reactor.stop() }
        reactor.run()
        #expect(fired == [1, 2, 3])
    }

    @Test func timersOfOneInstantCancelEachOther() throws {
        let reactor = try Reactor()
        var fired: [Int] = []
        var second: TimerID?
        let past = MonotonicClock.now - .seconds(1)
        reactor.schedule(at: past) {
            fired.append(1)
            if let second { reactor.cancel(second) }
            // Due at once, but for the next round.
            reactor.schedule(at: past) {
                fired.append(3)
                reactor.stop()
            }
        }
        second = reactor.schedule(at: past) { fired.append(2) }
        reactor.run()
        #expect(fired == [1, 3])
    }

    @Test func aStaleEventOfAReusedNumberIsDropped() throws {
        let reactor = try Reactor()
        let pairs = try (0..<2).map { _ in try MessageSocket.pair() }
        for pair in pairs { #expect(try pair.1.send([1])) }
        var calls = 0
        // Both are ready in one batch. Whoever comes first closes the other and gives its number to a fresh socket.
        var fresh: FileDescriptor?
        for (index, pair) in pairs.enumerated() {
            try reactor.watch(pair.0.descriptor.raw, .readable) { _ in
                calls += 1
                let other = pairs[1 - index].0.descriptor
                let number = other.raw
                reactor.unwatch(number)
                other.close()
                let replacement = FileDescriptor(adopting: dup2(pairs[index].1.descriptor.raw, number))
                fresh = replacement
                // The handler must not hear of readiness that was the old socket's.
                #expect(throws: Never.self) { try reactor.watch(number, .readable) { _ in calls += 100 } }
                reactor.unwatch(pair.0.descriptor.raw)
                reactor.schedule(after: .milliseconds(1)) { reactor.stop() }
            }
        }
        reactor.run()
        #expect(calls == 1)
        withExtendedLifetime(fresh) {}
    }

    private final class Seen: Sendable {
        let numbers = Mutex<[Int: [Int]]>([:])
    }

    @Test func postsOfManyThreadsAllArriveInTheirOrder() async throws {
        let reactor = try Reactor.start(name: "test")
        let seen = Seen()
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<4 {
                group.addTask {
                    for number in 0..<1000 {
                        reactor.post { seen.numbers.withLock { $0[sender, default: []].append(number) } }
                    }
                }
            }
        }
        await withCheckedContinuation { continuation in reactor.post { continuation.resume() } }
        for sender in 0..<4 { #expect(seen.numbers.withLock { $0[sender] } == Array(0..<1000)) }
        reactor.stop()
    }

    @Test func aFloodOfPostsDoesNotKeepDescriptorsWaiting() throws {
        let reactor = try Reactor()
        let (ours, theirs) = try MessageSocket.pair()
        #expect(try theirs.send([1]))
        let posts = Atomic<Int>(0)
        // Each post makes the next: without bounded rounds the loop would never look at the socket.
        @Sendable func again() {
            posts.add(1, ordering: .relaxed)
            reactor.post { again() }
        }
        try reactor.watch(ours.descriptor.raw, .readable) { _ in reactor.stop() }
        again()
        reactor.run()
        #expect(posts.load(ordering: .relaxed) < 10_000)
    }
}
