internal import Glibc
internal import PoolModel
internal import PoolOS

/// Finds who listens at an address, for the message that says that we cannot.
enum PortHolder {
    /// `nginx (pid 4711)`; nil where it cannot be found, such as another user's process.
    static func find(_ address: Address) -> String? {
        guard case .tcp(_, let port) = address else { return nil }
        let inodes = listening(on: port, "/proc/net/tcp") + listening(on: port, "/proc/net/tcp6")
        guard !inodes.isEmpty else { return nil }
        let targets = Set(inodes.map { "socket:[\($0)]" })
        for pid in numbers(in: "/proc")
        where numbers(in: "/proc/\(pid)/fd").contains(where: { descriptor in
            link("/proc/\(pid)/fd/\(descriptor)").map(targets.contains) ?? false
        }) {
            return "\(name(of: pid)) (pid \(pid))"
        }
        return nil
    }

    /// The inodes of sockets that listen on a port, by the kernel's table.
    private static func listening(on port: UInt16, _ table: String) -> [Substring] {
        text(table).split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
                UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return fields[9]
        }
    }

    private static func name(of pid: Int) -> String {
        text("/proc/\(pid)/comm").split(separator: "\n").first.map(String.init) ?? "a process"
    }

    private static func text(_ path: String) -> String {
        guard let file = try? FileDescriptor.open(path, O_RDONLY),
            let bytes = try? file.contents(bytesMax: 16 << 20, name: path)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The entries of a directory whose names are numbers.
    private static func numbers(in path: String) -> [Int] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int(name) { found.append(number) }
        }
        return found
    }
}
