internal import Glibc
internal import PoolOS

/// The standard output and errors that the keeper was started with, for its manager and for its own few words.
struct Console {
    let output: FileDescriptor
    let errors: FileDescriptor

    /// Duplicates them; what is not open becomes `/dev/null`.
    init() throws(SystemError) {
        output = try Console.duplicate(1)
        errors = try Console.duplicate(2)
    }

    /// Those that another program of this process duplicated.
    init(output: Int32, errors: Int32) {
        self.output = FileDescriptor(adopting: output)
        self.errors = FileDescriptor(adopting: errors)
    }

    /// Writes one line at once: what is buffered would be lost by a kill.
    func say(_ text: String) {
        // Where stderr is gone there is nobody to tell.
        try? errors.writeAll(Array("poold: keeper: \(text)\n".utf8))
    }

    private static func duplicate(_ descriptor: Int32) throws(SystemError) -> FileDescriptor {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        if copy >= 0 { return FileDescriptor(adopting: copy) }
        return try FileDescriptor.open("/dev/null", O_RDWR)
    }
}
