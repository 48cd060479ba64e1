internal import CPoolOS
internal import Glibc
internal import PoolHTTP
internal import PoolModel

/// A file of a static root, open, with all that heads say of it. Deliveries hold it, so it outlives its place in the cache.
final class OpenFile {
    let descriptor: Int32
    let size: UInt64
    let modifiedAt: Int64
    let tag: [UInt8]
    let lastModified: [UInt8]
    let type: String
    /// The fields of every answer; those of a 304.
    let fields: [UInt8]
    let unmodifiedFields: [UInt8]
    /// The same, compressed beforehand.
    let gzip: OpenFile?
    let brotli: OpenFile?

    private init(
        _ descriptor: Int32,
        _ status: stat,
        type: String,
        coding: String?,
        spec: StaticSpec,
        gzip: OpenFile? = nil,
        brotli: OpenFile? = nil
    ) {
        self.descriptor = descriptor
        self.type = type
        self.gzip = gzip
        self.brotli = brotli
        size = UInt64(max(0, status.st_size))
        modifiedAt = Int64(status.st_mtim.tv_sec)
        // A file system may have times that no 64 bits of microseconds hold; a tag need only differ.
        let time = UInt64(truncatingIfNeeded: status.st_mtim.tv_sec &* 1_000_000 &+ status.st_mtim.tv_nsec / 1000)
        tag = Array("\"\(String(time, radix: 16))-\(String(size, radix: 16))\"".utf8)
        let seconds = modifiedAt
        lastModified = Array(unsafeUninitializedCapacity: HTTPDate.bytesCount) { buffer, count in
            if let base = buffer.baseAddress { HTTPDate.write(seconds: seconds, to: base) }
            count = HTTPDate.bytesCount
        }
        (fields, unmodifiedFields) = StaticHead.fields(
            type: type,
            tag: tag,
            lastModified: lastModified,
            coding: coding,
            varies: coding != nil || gzip != nil || brotli != nil,
            maxAgeSeconds: spec.maxAge?.components.seconds
        )
    }

    deinit { close(descriptor) }

    /// Opens a file below a directory; the errno where that cannot be.
    static func open(_ path: String, below directory: Int32, _ spec: StaticSpec) -> Result<OpenFile, OpenFailure> {
        switch openRegular(path, directory, spec) {
        case .failure(let failure): return .failure(failure)
        case .success(let (descriptor, status)):
            let type = FileType.of(path)
            func compressed(_ suffix: String, _ coding: String) -> OpenFile? {
                guard spec.precompressed,
                    case .success(let (other, otherStatus)) = openRegular(path + suffix, directory, spec)
                else { return nil }
                return OpenFile(other, otherStatus, type: type, coding: coding, spec: spec)
            }
            return .success(
                OpenFile(
                    descriptor,
                    status,
                    type: type,
                    coding: nil,
                    spec: spec,
                    gzip: compressed(".gz", "gzip"),
                    brotli: compressed(".br", "br")
                )
            )
        }
    }

    struct OpenFailure: Error {
        var errno: Int32
    }

    private static func openRegular(
        _ path: String,
        _ directory: Int32,
        _ spec: StaticSpec
    ) -> Result<(Int32, stat), OpenFailure> {
        let descriptor = pool_open_below(directory, path, spec.followsLinks ? 1 : 0)
        guard descriptor >= 0 else { return .failure(OpenFailure(errno: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            return .failure(OpenFailure(errno: isDirectory ? EISDIR : ENOENT))
        }
        return .success((descriptor, status))
    }

    /// The form that the client takes.
    func form(for request: StaticRequest) -> OpenFile {
        if request.takesBrotli, let brotli { return brotli }
        if request.takesGzip, let gzip { return gzip }
        return self
    }
}
