internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolProfile

/// A profile on disk.
struct ProfileFile {
    /// Absolute.
    var path: String

    /// The text; a problem without a line where it cannot be read.
    func text() throws(PoolError) -> String {
        do throws(SystemError) {
            // A FIFO in the file's place must not hold the daemon up.
            let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
            let bytes = try file.contents(bytesMax: Limits.profileBytesMax, name: path)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw SystemError("read", on: path, code: EILSEQ)
            }
            return text
        } catch {
            throw switch error.code {
            case EFBIG: PoolError(.tooLarge, "\(path): larger than \(Limits.profileBytesMax) bytes")
            case EILSEQ: PoolError(.invalidArgument, "\(path): not UTF-8 text")
            default: PoolError(.invalidArgument, "\(path): cannot be read: \(error.reason)")
            }
        }
    }

    func read(runtimeDirectory: String) -> ProfileReading {
        do throws(PoolError) {
            return ProfileReading(Profile.decode(text: try text(), file: path, runtimeDirectory: runtimeDirectory))
        } catch {
            let issue = ProfileIssueRecord(severity: .error, path: path, message: error.description)
            return ProfileReading(spec: nil, issues: [issue])
        }
    }
}

extension ProfileReading {
    init(_ decoded: Profile.Decoded) {
        let decoded = decoded.withFiles
        self.init(
            profile: decoded.errors.isEmpty ? decoded.profile : nil,
            issues: decoded.issues.map(ProfileIssueRecord.init)
        )
    }
}

extension ProfileIssueRecord {
    init(_ issue: ProfileIssue) {
        self.init(
            severity: issue.isError ? .error : .warning,
            path: issue.file,
            line: issue.line,
            column: issue.column,
            message: issue.message,
            suggestion: issue.suggestion
        )
    }
}
