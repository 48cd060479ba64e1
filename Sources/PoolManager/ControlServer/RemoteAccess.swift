internal import Glibc
internal import PoolAPI
internal import PoolModel
internal import PoolOS
internal import PoolTLS
internal import Synchronization

/// Whom the daemon answers from other hosts: `[remote]` of `poold.toml`. Without it, nobody.
struct RemoteAccess: Hashable, Sendable {
    var listen: [Address]
    /// Ours, which clients check.
    var files: CertificateFiles
    /// The certificates of those who vouch for clients.
    var authorities: String
    /// What a name in a client's certificate may do.
    var names: [AccessLevel: Set<String>] = [:]

    /// What its sessions share; a reason, with the file, where that cannot be made.
    func context() throws(CertificateReader.Failure) -> MutualTLSContext {
        let (_, certificate) = try CertificateReader(files: files).read()
        do throws(PoolError) {
            let text = try ProfileFile(path: authorities).text()
            do throws(TLSIssue) {
                return try MutualTLSContext(certificate, authorities: text, of: authorities)
            } catch {
                throw PoolError(.invalidArgument, error.description)
            }
        } catch {
            throw CertificateReader.Failure(description: error.description)
        }
    }
}

/// The context of a listener's next connections: it is another one after a reload.
///
/// State: the context, guarded by the mutex.
final class RemoteContext: Sendable {
    private let context: Mutex<MutualTLSContext>

    init(_ context: MutualTLSContext) { self.context = Mutex(context) }

    var current: MutualTLSContext { context.withLock { $0 } }

    func set(_ next: MutualTLSContext) { context.withLock { $0 = next } }
}
