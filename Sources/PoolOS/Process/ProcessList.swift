internal import Glibc

/// The processes of the machine, as `/proc` lists them.
package enum ProcessList {
    /// Their pids; by the time that one is looked at it may be another's.
    package static var pids: [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let pid = Int32(name) { found.append(pid) }
        }
        return found
    }

    /// The environment that a process was started with; empty where we may not look, or where it has overwritten it.
    package static func environment(of pid: Int32) -> [String: String] {
        let path = "/proc/\(pid)/environ"
        guard let bytes = try? FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 4 << 20, name: path) else {
            return [:]
        }
        var values: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            values[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
        }
        return values
    }
}

/// This boot of the machine: pids and start ticks of another one mean nothing.
package enum BootIdentity {
    package static var current: String {
        let path = "/proc/sys/kernel/random/boot_id"
        let bytes = (try? FileDescriptor.open(path, O_RDONLY).contents(bytesMax: 256, name: path)) ?? []
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
