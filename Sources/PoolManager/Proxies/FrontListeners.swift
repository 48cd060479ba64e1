internal import Glibc
internal import PoolModel
internal import PoolOS

/// The sockets that clients and probes connect to: bound by us, kept by the keeper, handed to every proxy.
final class FrontListeners {
    private let link: KeeperLink
    private let directories: Directories
    private var sockets: [String: FileDescriptor]
    /// Which pool has which fronts.
    private var fronts: [String: [Address]] = [:]
    /// What the listeners that speak TLS need.
    let certificates = CertificateStore()
    /// The pages of the proxy's own answers.
    let pages = PageStore()

    /// The keeper's name of a socket begins with this.
    static let prefix = KeeperLink.listenerPrefix

    /// - Parameter inherited: what the keeper kept.
    init(link: KeeperLink, directories: Directories, inherited: [String: FileDescriptor]) {
        self.link = link
        self.directories = directories
        sockets = Dictionary(
            uniqueKeysWithValues: inherited.filter { $0.key.hasPrefix(Self.prefix) }
                .map { (String($0.key.dropFirst(Self.prefix.count)), $0.value) }
        )
    }

    /// In the order of their names.
    var all: [(name: String, socket: FileDescriptor)] {
        sockets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Binds the private listener that probes come in by.
    func bindProbe() throws(SystemError) {
        guard sockets[ProbeHeader.listener] == nil else { return }
        let access = ListeningSocket.Access(mode: 0o600)
        let socket = try ListeningSocket.bind(.unix(path: directories.probeSocket), access: access)
        keep(socket, name: ProbeHeader.listener)
    }

    /// Binds a pool's fronts; returns what could not be bound and why.
    func bind(_ spec: PoolSpec) -> [(Address, SystemError)] {
        fronts[spec.name] = spec.front.listen
        certificates.follow(spec.front, of: spec.name)
        pages.follow(spec.front, of: spec.name)
        var failures: [(Address, SystemError)] = []
        for listener in spec.front.listeners {
            let address = listener.address
            do throws(SystemError) {
                let access = try access(of: listener)
                if sockets[address.description] == nil {
                    let socket = try ListeningSocket.bind(address, access: access ?? .init(mode: 0o660))
                    keep(socket, name: address.description)
                } else if let access, case .unix(let path) = address {
                    try ListeningSocket.apply(access, to: path)
                }
            } catch {
                failures.append((address, error))
            }
        }
        return failures
    }

    /// Which of these addresses, of those that we do not have yet, cannot be listened at, and why.
    func obstacles(at addresses: [Address]) -> [(address: Address, problem: SystemError)] {
        addresses.filter { sockets[$0.description] == nil }.compactMap { address in
            do throws(SystemError) {
                try ListeningSocket.tryBind(address)
                return nil
            } catch {
                return (address, error)
            }
        }
    }

    /// Follows a changed profile.
    func change(
        _ spec: PoolSpec
    ) -> (added: [(name: String, socket: FileDescriptor)], removed: [String], failures: [String]) {
        let before = Set(sockets.keys)
        let failures = bind(spec).map { "cannot listen at \($0): \($1)" }
        let wanted = Set(fronts.values.flatMap { $0 }.map(\.description) + [ProbeHeader.listener])
        let removed = sockets.keys.filter { !wanted.contains($0) }.sorted()
        for name in removed { drop(name) }
        return (all.filter { !before.contains($0.name) }, removed, failures)
    }

    /// Forgets a pool that has left; returns the names of the sockets that were closed with it.
    func release(_ pool: String) -> [String] {
        fronts[pool] = nil
        certificates.forget(pool)
        pages.forget(pool)
        let before = Set(sockets.keys)
        dropUnwanted()
        return before.subtracting(sockets.keys).sorted()
    }

    /// Closes what no pool wants: left by profiles of an earlier time.
    func dropUnwanted() {
        let wanted = Set(fronts.values.flatMap { $0 }.map(\.description) + [ProbeHeader.listener])
        for name in sockets.keys where !wanted.contains(name) { drop(name) }
    }

    /// Who may connect to a unix socket, by numbers.
    private func access(of listener: FrontListener) throws(SystemError) -> ListeningSocket.Access? {
        guard let wanted = listener.access else { return nil }
        do throws(UserDatabase.Failure) {
            return ListeningSocket.Access(
                mode: wanted.mode ?? 0o660,
                userID: try wanted.owner.map { name throws(UserDatabase.Failure) in try UserDatabase.user(name).userID
                },
                groupID: try wanted.group.map { name throws(UserDatabase.Failure) in try UserDatabase.groupID(name) }
            )
        } catch {
            throw SystemError("look up \(error.kind)", on: error.name, code: error.code == 0 ? ENOENT : error.code)
        }
    }

    private func keep(_ socket: FileDescriptor, name: String) {
        sockets[name] = socket
        link.store(socket, name: Self.prefix + name)
    }

    private func drop(_ name: String) {
        sockets[name] = nil
        link.drop(name: Self.prefix + name)
    }
}
