import PoolModel

/// The pools that nginx passes requests to: those that came in, and those that only nginx knows of.
struct NginxPools {
    var drafts: [ImportDraft]
    private(set) var notes: [ImportNote] = []
    /// Those with a front, by their index.
    private(set) var served: Set<Int> = []
    private var upstreams: [String: NginxUpstream] = [:]
    private var used: Set<String> = []

    init(_ drafts: [ImportDraft]) { self.drafts = drafts }

    mutating func add(upstream directive: NginxConf.Directive) {
        let upstream = NginxUpstream(directive)
        upstreams[upstream.name.text] = upstream
    }

    /// Gives a pool its front.
    mutating func serve(_ index: Int, _ front: FrontSpec) {
        drafts[index].spec.front = front
        served.insert(index)
    }

    /// What became of the upstreams, once every server has been seen.
    var upstreamNotes: [ImportNote] {
        upstreams.sorted { $0.key < $1.key }.flatMap { _, upstream in
            let isUsed = used.contains(upstream.name.text)
            return upstream.notes
                + (isUsed ? [] : [upstream.name.note(.lost, "no server passes requests to this upstream")])
        }
    }

    /// The pool that a `proxy_pass` means: one of the supervisor's with these addresses, or a new one.
    ///
    /// - Parameter prefix: the location's path, which nginx replaces by that of the `proxy_pass` where it has one.
    mutating func pool(of pass: NginxConf.Directive, prefix: String) -> Int? {
        guard let upstream = upstream(of: pass, prefix: prefix) else { return nil }
        let index = drafts.firstIndex { isReached($0.spec, by: upstream) } ?? add(upstream)
        guard let index else { return nil }
        // What listened where nginx passed its requests to is no front any more: clients come through the pool's own.
        if !served.contains(index) { drafts[index].spec.front.listeners = [] }
        drafts[index].spec.balance = upstream.balance
        drafts[index].spec.balance.weights = weights(of: upstream, in: drafts[index].spec)
        return index
    }

    private mutating func upstream(of pass: NginxConf.Directive, prefix: String) -> NginxUpstream? {
        let token = pass.arguments.first ?? pass.name
        guard token.text.hasPrefix("http://") else {
            notes.append(token.note(.lost, "expected http://upstream; workers speak plain HTTP"))
            return nil
        }
        var target = token.text.dropFirst(7)
        if target.hasPrefix("unix:") {
            // unix:/path:/uri
            let path = target.dropFirst(5)
            let end = path.firstIndex(of: ":") ?? path.endIndex
            noteChange(of: prefix, to: path[end...].dropFirst(), token)
            target = target[..<end]
        } else if let slash = target.firstIndex(of: "/") {
            noteChange(of: prefix, to: target[slash...], token)
            target = target[..<slash]
        }
        if let known = upstreams[String(target)] {
            used.insert(String(target))
            return known
        }
        let text = target.contains(":") ? String(target) : "\(target):80"
        do throws(TemplateError) {
            return NginxUpstream(token, address: try AddressText.read(text))
        } catch {
            notes.append(token.note(.lost, "there is no upstream \(target), and it is no address"))
            return nil
        }
    }

    private mutating func noteChange(of prefix: String, to path: Substring, _ token: ImportToken) {
        guard !path.isEmpty, path != prefix else { return }
        notes.append(token.note(.lost, "paths are passed on unchanged: \(prefix) does not become \(path)"))
    }

    /// Whether the upstream's addresses are the pool's workers, or what stood in front of them.
    private func isReached(_ spec: PoolSpec, by upstream: NginxUpstream) -> Bool {
        let profile = Profile(file: "", directory: "/", spec: spec)
        let addresses = profile.workerAddresses(runtimeDirectory: "/run/pool") + spec.front.listen
        return !upstream.addresses.isEmpty
            && upstream.addresses.allSatisfy { address in addresses.contains { $0.collides(with: address) } }
    }

    /// The shares of its servers by the numbers of the workers that they are; nil where all have the same.
    private func weights(of upstream: NginxUpstream, in spec: PoolSpec) -> [Int: Int]? {
        let addresses = Profile(file: "", directory: "/", spec: spec).workerAddresses(runtimeDirectory: "/run/pool")
        var weights: [Int: Int] = [:]
        for (address, weight) in upstream.weights {
            guard let place = addresses.firstIndex(where: { $0.collides(with: address) }) else { continue }
            weights[spec.first + place] = weight
        }
        return weights.isEmpty ? nil : weights
    }

    private mutating func add(_ upstream: NginxUpstream) -> Int? {
        guard let pattern = AddressPattern(upstream.addresses) else {
            let reason =
                upstream.addresses.isEmpty
                ? "the upstream has no server" : "its addresses are no sequence such as app_1.sock, app_2.sock"
            notes.append(upstream.name.note(.lost, reason))
            return nil
        }
        let isPort = if case .tcp = upstream.addresses[0] { true } else { false }
        let command = ["/path/to/your/app", isPort ? "--port={port}" : "--path={socket}"]
        let base = upstream.name.text.hasPrefix("http://") ? "app" : upstream.name.text
        let spec = PoolSpec(
            name: PoolNames.name(from: base),
            workers: pattern.count,
            first: pattern.first,
            worker: WorkerSpec(command: command, listen: pattern.listen)
        )
        notes.append(upstream.name.note(.lost, "nginx does not know what starts the workers: write [worker] command"))
        drafts.append(ImportDraft(spec: spec, origin: upstream.name))
        return drafts.count - 1
    }
}
