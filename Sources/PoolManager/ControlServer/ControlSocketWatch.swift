internal import Glibc
internal import PoolModel
internal import PoolOS

/// Sees to it that the control socket stays where clients look for it. A cleaner of temporary files, or a hand, may take
/// its file away: the socket goes on listening, and nobody finds it.
///
/// State: which file it was, and what was told last; the main thread's.
struct ControlSocketWatch {
    enum Finding {
        /// The file was gone, and is there again: listen here from now on.
        case replaced(FileDescriptor)
        /// It is gone, and cannot be made again: why. Told once for each reason.
        case lost(String)
        /// The very file that was missed is back.
        case found
    }

    private struct File: Hashable {
        var device: UInt64
        var number: UInt64

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
            device = UInt64(status.st_dev)
            number = UInt64(status.st_ino)
        }
    }

    private let directories: Directories
    private var file: File?
    private var told: String?

    init(_ directories: Directories) {
        self.directories = directories
        file = File(directories.controlSocket)
    }

    /// Looks once; nil where nothing has changed.
    mutating func look() -> Finding? {
        let present = File(directories.controlSocket)
        if let present, present == file {
            defer { told = nil }
            return told == nil ? nil : .found
        }
        do throws(SystemError) {
            let socket = try ControlSocketWatch.bind(directories)
            file = File(directories.controlSocket)
            told = nil
            return .replaced(socket)
        } catch {
            let reason = "\(error)"
            defer { told = reason }
            return told == reason ? nil : .lost(reason)
        }
    }

    /// Makes the control socket: for the group `pool` too, where root runs us.
    static func bind(_ directories: Directories) throws(SystemError) -> FileDescriptor {
        let group = geteuid() == 0 ? try? UserDatabase.groupID("pool") : nil
        let access = ListeningSocket.Access(mode: 0o660, groupID: group)
        let address = Address.unix(path: directories.controlSocket)
        let socket = try ListeningSocket.bind(address, backlog: 512, access: access)
        if let group { chown(directories.runtime, .max, group) }
        return socket
    }
}
