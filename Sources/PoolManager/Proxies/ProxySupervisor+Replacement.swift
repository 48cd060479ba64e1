internal import Glibc
package import PoolModel
internal import PoolOS

/// How a proxy was replaced.
package struct ProxyReplacement: Hashable, Sendable {
    /// The process that serves now.
    package var process: ProcessIdentity?
    package var loops: Int
    /// Proxies that take no new connections and finish what they have.
    package var draining: Int
}

/// A successor beside the proxy that serves.
///
/// ```
/// start ──> ready, routed ──> the ones before drain ──> done
///    └─ it ends, or is not there in time ──> failed: the one before goes on as if nothing had been
/// ```
///
/// Both have the same listening sockets, so the kernel refuses nobody at any time.
final class Replacement {
    typealias Completion = (Result<ProxyReplacement, PoolError>) -> Void

    let successor: ProxyHandle
    /// How long the ones before may take to finish.
    let drainLimit: Duration
    let completion: Completion

    init(_ successor: ProxyHandle, drainLimit: Duration, completion: @escaping Completion) {
        self.successor = successor
        self.drainLimit = drainLimit
        self.completion = completion
    }
}

extension ProxySupervisor {
    /// How long a successor may take until it serves.
    static let replacementLimit = Duration.seconds(20)
    /// How long the ones before may finish what they have, where nobody says otherwise.
    static let replacementDrain = Duration.seconds(300)

    /// Starts a proxy beside the one that serves, and lets that one drain once the new one can do its work.
    ///
    /// - Parameter loops: so many from now on; nil is as many as before.
    func replace(loops: Int?, drainLimit: Duration?, completion: @escaping Replacement.Completion) {
        guard onDrained == nil else { return completion(.failure(PoolError(.conflict, "the daemon is shutting down"))) }
        guard replacement == nil else {
            return completion(.failure(PoolError(.conflict, "the proxy is being replaced already")))
        }
        if let loops, !(1...loopsMax).contains(loops) {
            let message = "loops \(loops) is not in 1...\(loopsMax)"
            return completion(.failure(PoolError(.invalidArgument, message)))
        }
        let before = loopsWanted
        if let loops { loopsWanted = loops }
        guard let lanes = freeLanes else {
            loopsWanted = before
            let draining = proxies.count - serving.count
            let message = "there is no room for another proxy: \(draining) are still finishing their requests"
            return completion(.failure(PoolError(.conflict, message, remedy: "wait for them, or ask for fewer loops")))
        }
        switch start(lanes) {
        case .failure(let problem):
            loopsWanted = before
            completion(.failure(problem))
        case .success(let proxy):
            begin(
                Replacement(proxy, drainLimit: drainLimit ?? Self.replacementDrain) { [weak self] result in
                    if case .failure = result { self?.loopsWanted = before }
                    completion(result)
                }
            )
        }
    }

    private func begin(_ present: Replacement) {
        replacement = present
        reactor.schedule(after: Self.replacementLimit) { [weak self, weak present] in
            guard let self, let present, replacement === present else { return }
            let seconds = Int(Self.replacementLimit.inSeconds)
            successorFailed(present.successor, "it was not ready within \(seconds) s")
        }
    }

    /// After a start of the manager: several proxies may run, because the last manager ended in the middle.
    func goOnReplacing() {
        guard serving.count > 1, let newest = serving.max(by: { $0.number < $1.number }) else { return }
        loopsWanted = newest.lanes.count
        begin(Replacement(newest, drainLimit: Self.replacementDrain) { _ in })
    }

    /// The successor may have come so far that the ones before can go.
    func advanceReplacement() {
        guard let present = replacement, onDrained == nil, present.successor.isReady,
            present.successor.routed >= (reports?.table().version ?? 0)
        else { return }
        replacement = nil
        for proxy in serving where proxy !== present.successor { drain(proxy, limit: present.drainLimit) }
        let result = ProxyReplacement(
            process: present.successor.process,
            loops: present.successor.lanes.count,
            draining: proxies.count - serving.count
        )
        reports?.event(.notice, "the proxy was replaced; \(result.draining) finish what they have")
        present.completion(.success(result))
    }

    /// A proxy has failed: where it was a successor, the one before stays.
    func successorFailed(_ proxy: ProxyHandle, _ reason: String) {
        guard let present = replacement, present.successor === proxy else { return }
        replacement = nil
        (proxy.isDraining, proxy.hasFailed) = (true, true)
        if let process = proxy.process { link.signal(process, SIGKILL, asGroup: true) }
        reports?.event(.error, "the proxy was not replaced: \(reason)")
        present.completion(.failure(PoolError(.unavailable, "the new proxy failed: \(reason)")))
    }
}
