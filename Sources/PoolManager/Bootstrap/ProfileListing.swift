internal import Glibc
package import PoolModel
internal import PoolOS

/// The profiles that arguments stand for: a directory stands for the `*.toml` files in it, in the order of their names.
package struct ProfileListing: Hashable, Sendable {
    /// An argument that may be a directory, and could not be listed: what is in it is not known.
    package struct Failure: Hashable, Sendable {
        package var source: String
        package var code: Int32

        package init(source: String, code: Int32) {
            self.source = source
            self.code = code
        }

        package var error: PoolError {
            let remedy =
                switch code {
                case EACCES: "let the user that poold runs as read and search it, then reload again"
                case ENOENT: "put it back, or start poold without it; an empty directory stops nothing either"
                case EMFILE, ENFILE: "raise the limit of open files (LimitNOFILE=), then reload again"
                default: "repair it, then reload again"
                }
            let why = SystemError("cannot list", on: source, code: code)
            return PoolError(.unavailable, "\(why); nothing is changed", remedy: remedy)
        }
    }

    package var paths: [String] = []
    package var failures: [Failure] = []

    package init(paths: [String] = [], failures: [Failure] = []) {
        self.paths = paths
        self.failures = failures
    }

    /// - Parameter arguments: profiles, or directories of them.
    package init(_ arguments: [String]) {
        for argument in arguments {
            do throws(SystemError) {
                paths += try ProfileListing.files(in: argument)
            } catch {
                // A file: its own reading says what is wrong with it.
                if error.code == ENOTDIR { paths.append(argument) } else { fail(argument, error.code) }
            }
        }
    }

    private mutating func fail(_ source: String, _ code: Int32) { failures.append(Failure(source: source, code: code)) }

    private static func files(in path: String) throws(SystemError) -> [String] {
        guard let directory = opendir(path) else { throw SystemError("opendir", on: path, code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
            // The end and an error look the same but for this.
            errno = 0
        }
        let code = errno
        guard code == 0 else { throw SystemError("readdir", on: path, code: code) }
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        return names.sorted().map { "\(base)/\($0)" }
    }
}
