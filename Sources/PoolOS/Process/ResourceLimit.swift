internal import Glibc

/// A limit that a process is started with.
package struct ResourceLimit: Hashable, Sendable {
    /// The kernel's number: RLIMIT_NOFILE and so on.
    package var resource: Int32
    package var soft: UInt64
    /// Raising it over one's own takes a privilege.
    package var hard: UInt64

    package init(resource: Int32, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }

    /// Names as in limits.conf and in systemd's `Limit…`, in lower case.
    package static let names: [String] = resources.keys.sorted()

    private static let resources: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// Soft and hard limit alike; `UInt64.max` is unlimited. nil for an unknown name.
    package init?(name: String, value: UInt64) {
        guard let resource = ResourceLimit.resources[name] else { return nil }
        self.init(resource: resource, soft: value, hard: value)
    }

    /// Raises our own soft limit of open files to the hard one: each worker takes several of them.
    ///
    /// Children inherit it; they are started with the limit returned unless the profile says otherwise, because a
    /// program that closes all descriptors up to the limit would take long.
    /// - Returns: The limit before.
    @discardableResult
    package static func raiseOpenFiles() throws(SystemError) -> ResourceLimit {
        var limit = rlimit()
        try syscall("getrlimit") { getrlimit(__rlimit_resource_t(7), &limit) }
        let before = ResourceLimit(resource: 7, soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
        limit.rlim_cur = limit.rlim_max
        try syscall("setrlimit") { setrlimit(__rlimit_resource_t(7), &limit) }
        return before
    }
}
