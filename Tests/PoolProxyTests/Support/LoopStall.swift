import Glibc
import PoolOS
import Synchronization

/// Stops the loops of this process for as long as something else is done, so that they find its events together.
///
/// By a signal whose handler waits. Other tests' loops wait too: what is done must be short.
enum LoopStall {
    private static let isOn = Atomic<Bool>(false)
    private static let stalled = Atomic<Int>(0)
    private static let one = Mutex(())

    static func during(_ body: () throws -> Void) throws {
        try one.withLock { _ in
            signal(SIGUSR2) { _ in
                LoopStall.stalled.wrappingAdd(1, ordering: .acquiringAndReleasing)
                while LoopStall.isOn.load(ordering: .acquiring) {}
                LoopStall.stalled.wrappingSubtract(1, ordering: .acquiringAndReleasing)
            }
            isOn.store(true, ordering: .releasing)
            let told = loops().filter { send(SIGUSR2, to: $0) }.count
            // With a deadline: one that ends meanwhile never comes.
            for _ in 0..<1000 where stalled.load(ordering: .acquiring) < told { usleep(100) }
            let result = Result { try body() }
            isOn.store(false, ordering: .releasing)
            // They have only to see it.
            while stalled.load(ordering: .acquiring) > 0 { usleep(10) }
            try result.get()
        }
    }

    /// By tgkill(2), which the C library has and Swift's module of it does not show.
    private static func send(_ signal: Int32, to thread: pid_t) -> Bool {
        typealias Function = @convention(c) (pid_t, pid_t, Int32) -> Int32
        guard let symbol = dlsym(nil, "tgkill") else { return false }
        return unsafeBitCast(symbol, to: Function.self)(getpid(), thread, signal) == 0
    }

    /// The thread ids of all loops.
    private static func loops() -> [pid_t] {
        guard let directory = opendir("/proc/self/task") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let id = pid_t(name), let file = try? FileDescriptor.open("/proc/self/task/\(id)/comm", O_RDONLY),
                let comm = try? file.contents(bytesMax: 64), String(decoding: comm, as: UTF8.self).hasPrefix("loop ")
            else { continue }
            found.append(id)
        }
        return found
    }
}
