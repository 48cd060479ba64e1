internal import Glibc
internal import PoolUI

/// Facts about this machine and this user's clock.
enum Host {
    static func facts() -> HostFacts {
        let pages = max(0, sysconf(Int32(_SC_PHYS_PAGES)))
        let page = max(0, sysconf(Int32(_SC_PAGESIZE)))
        return HostFacts(cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), memoryBytes: UInt64(pages) * UInt64(page))
    }

    /// Seconds east of UTC now, by TZ or /etc/localtime.
    static func utcOffset() -> Int {
        var now = time(nil)
        var parts = tm()
        guard localtime_r(&now, &parts) != nil else { return 0 }
        return parts.tm_gmtoff
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// All bytes to standard output; false where nobody reads it any more.
    @discardableResult
    static func print(_ text: String, to descriptor: Int32 = STDOUT_FILENO) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR, errno != EAGAIN { return false }
        }
        return true
    }
}
