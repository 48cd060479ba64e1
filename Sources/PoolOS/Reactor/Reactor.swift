internal import CPoolOS
internal import Glibc
internal import PoolModel
internal import Synchronization

/// One thread that waits for descriptors, deadlines and posted work, and runs their handlers one after another.
///
/// It is a `SerialExecutor`: an actor whose `unownedExecutor` is this runs its jobs on the same thread, so its handlers
/// may touch the actor's state directly.
///
/// | state | who touches it | guard |
/// |---|---|---|
/// | watches, timers | the thread | confined; every method checks it |
/// | inbox | any thread | `inbox`'s lock |
/// | thread identity | written once before the loop begins | atomic |
// Unchecked: `watches`, `timers` and `ready` are confined to the loop's thread, which `precondition(isOnThread)` at
// every entrance holds; the compiler cannot see a thread.
package final class Reactor: SerialExecutor, @unchecked Sendable {
    /// Handlers of one round before descriptors are looked at again, so that a flood of jobs starves nobody.
    private static let jobsPerRound = 256
    private static let eventsPerRound = 256

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        var isStopping = false
    }

    private struct Watch {
        var generation: UInt32
        var handler: (Readiness) -> Void
    }

    private let epoll: FileDescriptor
    private let wakeup: FileDescriptor
    private let inbox = Mutex(Inbox())
    /// The `pthread_t` of the loop; 0 before it runs.
    private let threadID = Atomic<UInt>(0)
    private var watches: [Int32: Watch] = [:]
    private var generation: UInt32 = 0
    private var timers = TimerQueue()

    /// A reactor that ``run()`` will drive on the thread that made it: descriptors may be added before.
    package init() throws(SystemError) {
        epoll = FileDescriptor(adopting: try syscall("epoll_create1") { pool_epoll_create() })
        wakeup = FileDescriptor(adopting: try syscall("eventfd") { pool_eventfd() })
        try syscall("epoll_ctl") {
            pool_epoll_control(epoll.raw, EPOLL_CTL_ADD, wakeup.raw, POOL_EPOLLIN, Reactor.wakeupCookie)
        }
        threadID.store(Reactor.currentThread, ordering: .releasing)
    }

    /// A reactor with a thread of its own, which runs until ``stop()``.
    package static func start(name: String) throws(SystemError) -> Reactor {
        let reactor = try Reactor()
        reactor.threadID.store(0, ordering: .releasing)
        try Thread.start(name: name) {
            reactor.threadID.store(Reactor.currentThread, ordering: .releasing)
            reactor.run()
        }
        return reactor
    }

    /// Whether the caller runs on the loop's thread.
    package var isOnThread: Bool { threadID.load(ordering: .acquiring) == Reactor.currentThread }

    private static var currentThread: UInt { UInt(pthread_self()) }
    /// No descriptor's cookie: its generation is one that ``watch(_:_:_:)`` never gives.
    private static let wakeupCookie = UInt64.max
}

// MARK: Descriptors

extension Reactor {
    /// Calls the handler on the thread whenever the descriptor is ready, until ``unwatch(_:)``.
    ///
    /// The caller keeps the descriptor open as long as it is watched.
    /// - Throws: EEXIST where it is watched already, ENOSPC beyond the kernel's limit of watches, EPERM for a file.
    package func watch(
        _ descriptor: Int32,
        _ interest: Readiness,
        _ handler: @escaping (Readiness) -> Void
    ) throws(SystemError) {
        precondition(isOnThread, "watch called off the reactor's thread")
        generation = generation &+ 1 == UInt32.max ? 1 : generation &+ 1
        let cookie = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        try syscall("epoll_ctl") {
            pool_epoll_control(epoll.raw, EPOLL_CTL_ADD, descriptor, interest.rawValue, cookie)
        }
        watches[descriptor] = Watch(generation: generation, handler: handler)
    }

    /// Changes what a watched descriptor is watched for.
    package func modify(_ descriptor: Int32, _ interest: Readiness) throws(SystemError) {
        precondition(isOnThread, "modify called off the reactor's thread")
        guard let watch = watches[descriptor] else { throw SystemError("epoll_ctl", code: ENOENT) }
        let cookie = UInt64(watch.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        try syscall("epoll_ctl") {
            pool_epoll_control(epoll.raw, EPOLL_CTL_MOD, descriptor, interest.rawValue, cookie)
        }
    }

    /// Ends a watch, before the descriptor is closed. An event of it that is under way is dropped.
    package func unwatch(_ descriptor: Int32) {
        precondition(isOnThread, "unwatch called off the reactor's thread")
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        // It fails only where the descriptor was closed first: then it is gone from the set already.
        _ = pool_epoll_control(epoll.raw, EPOLL_CTL_DEL, descriptor, 0, 0)
    }
}

// MARK: Time

extension Reactor {
    /// Calls the handler once, at that time of the ``MonotonicClock`` or up to a millisecond later.
    @discardableResult
    package func schedule(at deadline: Duration, _ handler: @escaping () -> Void) -> TimerID {
        precondition(isOnThread, "schedule called off the reactor's thread")
        return timers.insert(deadline: deadline, handler)
    }

    /// Calls the handler once, after that time.
    @discardableResult
    package func schedule(after delay: Duration, _ handler: @escaping () -> Void) -> TimerID {
        schedule(at: MonotonicClock.now + delay, handler)
    }

    /// Forgets a timer; does nothing where it has fired.
    package func cancel(_ timer: TimerID) {
        precondition(isOnThread, "cancel called off the reactor's thread")
        timers.cancel(timer)
    }
}

// MARK: Work from other threads

extension Reactor {
    /// Runs the call on the thread, after everything posted before. From any thread.
    package func post(_ call: @escaping @Sendable () -> Void) { append(.call(call)) }

    package func enqueue(_ job: consuming ExecutorJob) { append(.job(UnownedJob(job))) }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    package func checkIsolated() { precondition(isOnThread, "not on the reactor's thread") }

    package func isIsolatingCurrentContext() -> Bool? { isOnThread }

    /// Lets the loop end after the round under way. From any thread.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        wake()
    }

    private func append(_ work: Work) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            return inbox.work.count == 1
        }
        // The loop looks at the inbox before it waits, so its own thread needs no wake-up.
        if mustWake, !isOnThread { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        // EAGAIN says that it is full: then the loop wakes anyway.
        _ = write(wakeup.raw, &one, 8)
    }
}

// MARK: The loop

extension Reactor {
    /// Runs handlers until ``stop()``; on the thread that made the reactor.
    package func run() {
        precondition(isOnThread, "run called off the reactor's thread")
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: Reactor.eventsPerRound)
        events.initialize(repeating: epoll_event())
        defer { events.deallocate() }
        while !inbox.withLock({ $0.isStopping }) {
            runTimers()
            let isMore = runInbox()
            deliver(wait(events, atOnce: isMore))
        }
        watches.removeAll()
        timers.removeAll()
    }

    private func wait(
        _ events: UnsafeMutableBufferPointer<epoll_event>,
        atOnce: Bool
    ) -> UnsafeMutableBufferPointer<epoll_event>.SubSequence {
        var milliseconds: Int32 = -1
        if atOnce {
            milliseconds = 0
        } else if let deadline = timers.nextDeadline {
            milliseconds = Int32(clamping: (deadline - MonotonicClock.now).millisecondsRoundedUp)
        }
        let count = epoll_wait(epoll.raw, events.baseAddress, Int32(events.count), milliseconds)
        precondition(count >= 0 || errno == EINTR, "epoll_wait: \(SystemError.reason(errno))")
        return events.prefix(Int(max(0, count)))
    }

    private func deliver(_ events: UnsafeMutableBufferPointer<epoll_event>.SubSequence) {
        for event in events {
            let cookie = event.data.u64
            if cookie == Reactor.wakeupCookie {
                var count: UInt64 = 0
                _ = read(wakeup.raw, &count, 8)
                continue
            }
            // An earlier handler of this batch may have ended the watch, and the number may be another's by now.
            let descriptor = Int32(truncatingIfNeeded: cookie)
            guard let watch = watches[descriptor], watch.generation == UInt32(cookie >> 32) else { continue }
            watch.handler(Readiness(rawValue: event.events))
        }
    }

    private func runTimers() {
        guard let next = timers.nextDeadline else { return }
        let now = MonotonicClock.now
        if next > now { return }
        // Those that handlers add are for the next round, even where they are due: descriptors come between.
        let newest = timers.newest
        while let handler = timers.removeDue(now: now, upTo: newest) { handler() }
    }

    /// Runs one round of posted work; returns whether there is more.
    private func runInbox() -> Bool {
        let (batch, isMore) = inbox.withLock { inbox in
            let batch = inbox.work.prefix(Reactor.jobsPerRound)
            if batch.count == inbox.work.count {
                defer { inbox.work.removeAll(keepingCapacity: inbox.work.count <= Reactor.jobsPerRound) }
                return (inbox.work[...], false)
            }
            inbox.work.removeFirst(batch.count)
            return (batch, true)
        }
        for work in batch {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let call): call()
            }
        }
        return isMore || inbox.withLock { !$0.work.isEmpty }
    }
}
