import Glibc
import Testing

@testable import PoolManager

@Suite struct LogDirectoryTests {
    @Test func theOldestRotatedFilesGoFirst() throws {
        let directory = try TemporaryDirectory()
        let files = [("a.log.2", 100), ("b.log.1", 200), ("a.log.1", 300), ("a.log", 400), ("other.txt", 999)]
        for (name, age) in files {
            directory.write([UInt8](repeating: 0, count: 1000), to: name)
            var time = timespec()
            time.tv_sec = 1000 + age
            var times = [time, time]
            utimensat(AT_FDCWD, "\(directory.path)/\(name)", &times, 0)
        }
        LogDirectory(path: directory.path).trim(to: 2500)
        #expect(!directory.exists("a.log.2") && !directory.exists("b.log.1"))
        #expect(directory.exists("a.log.1") && directory.exists("a.log") && directory.exists("other.txt"))
        LogDirectory(path: directory.path).trim(to: 0)
        #expect(directory.exists("a.log") && !directory.exists("a.log.1"))
    }
}
