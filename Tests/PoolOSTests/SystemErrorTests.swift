internal import Glibc
internal import PoolModel
internal import PoolOS
internal import Testing

struct SystemErrorTests {
    @Test func itNamesTheCallTheObjectAndTheReason() {
        let error = SystemError("open", on: "/run/pool/poold.lock", code: EACCES)
        #expect(error.description == "open /run/pool/poold.lock: permission denied (EACCES)")
        #expect(SystemError("epoll_wait", code: EBADF).description == "epoll_wait: bad file descriptor (EBADF)")
        #expect(SystemError("x", code: 9999).description == "x: unknown error 9999 (errno 9999)")
        // Words of capitals stay.
        #expect(SystemError.reason(EMULTIHOP).hasPrefix("multihop"))
    }

    @Test func anInterruptedCallIsRepeated() throws {
        var calls = 0
        let result = try syscall("test") { () -> Int32 in
            calls += 1
            errno = EINTR
            return calls < 3 ? -1 : 5
        }
        #expect(result == 5 && calls == 3)
    }

    @Test func aCallThatWouldWaitIsNil() throws {
        let waiting = try syscallUnlessBlocking("test") { () -> Int in
            errno = EAGAIN
            return -1
        }
        #expect(waiting == nil)
        #expect(throws: SystemError("test", on: "it", code: EIO)) {
            try syscallUnlessBlocking("test", on: "it") { () -> Int in
                errno = EIO
                return -1
            }
        }
    }

    @Test func aClosedDescriptorIsNobodysNumber() throws {
        let file = try FileDescriptor.open("/dev/null", O_RDONLY)
        let number = file.raw
        file.close()
        #expect(file.raw == -1)
        // Its number may be another's by now: closing again must not touch that.
        let next = FileDescriptor(adopting: try syscall("open") { open("/dev/null", O_RDONLY | O_CLOEXEC) })
        file.close()
        #expect(fcntl(next.raw, F_GETFD) >= 0)
        #expect(number >= 0)
    }

    @Test func aFileBeyondTheLimitIsRefused() throws {
        let file = try FileDescriptor.open("/dev/zero", O_RDONLY)
        #expect(throws: SystemError("read", on: "zero", code: EFBIG)) {
            try file.contents(bytesMax: 100_000, name: "zero")
        }
    }

    @Test func theClocksAgreeWithTheKernel() throws {
        let first = MonotonicClock.now
        #expect(MonotonicClock.nanoseconds >= first.nanoseconds)
        #expect(MonotonicClock.now >= first)
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        #expect(abs(WallClock.now.seconds - Double(time.tv_sec)) < 60)
    }
}
