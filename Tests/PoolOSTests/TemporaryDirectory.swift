internal import Glibc
internal import PoolOS

/// A directory that is removed, with the files directly in it, when nobody holds it any more.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let name = "/tmp/pool-os-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try syscall("mkdir", on: name) { mkdir(name, 0o700) }
        path = name
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func contents(_ name: String) throws -> [UInt8] {
        try FileDescriptor.open(file(name), O_RDONLY).contents(bytesMax: 64 << 20)
    }

    deinit { TemporaryDirectory.remove(path) }

    private static func remove(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name == "." || name == ".." { continue }
                if unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// Waits for a descriptor to become readable.
func wait(for descriptor: FileDescriptor, seconds: Int32 = 20) -> Bool {
    var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, seconds * 1000) == 1
}
