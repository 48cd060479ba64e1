internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// A prefix of paths whose requests are answered from a directory. Shared by the loops, never changed.
final class StaticRoot: Sendable {
    let spec: StaticSpec
    private let prefix: [UInt8]

    init(_ spec: StaticSpec) {
        self.spec = spec
        prefix = Array(spec.prefix.utf8)
    }

    var prefixCount: Int { prefix.count }

    /// What follows the prefix in a request's path; nil where it begins with another.
    @inline(__always)
    func rest(_ head: RequestHead, _ raw: UnsafePointer<UInt8>) -> (bytes: UnsafePointer<UInt8>, count: Int)? {
        let count = Int(head.path.count)
        let path = raw + Int(head.path.start)
        guard count >= prefix.count, memcmp(path, prefix, prefix.count) == 0 else { return nil }
        return (path + prefix.count, count - prefix.count)
    }
}
