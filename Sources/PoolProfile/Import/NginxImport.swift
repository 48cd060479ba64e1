import PoolModel
internal import PoolTOML

/// Gives pools their fronts by nginx's `server` blocks.
struct NginxImport {
    /// The pools, those that came in and those that only nginx knows of.
    private(set) var drafts: [ImportDraft]
    private(set) var notes: [ImportNote] = []

    private var upstreams: [String: NginxUpstream] = [:]
    private var servers: [(directive: NginxConf.Directive, outer: [NginxConf.Directive])] = []
    private let include: ImportInclude
    private var includesLeft = ImportLimits.filesMax
    /// Directives outside servers, and those of them that a server with a pool has taken.
    private var shared: [NginxConf.Directive] = []
    private var taken: Set<ImportToken> = []
    private var usedUpstreams: Set<String> = []
    /// The pools that have a front, by their index.
    private var hasFront: Set<Int> = []
    /// Servers that send their clients to https: they belong to the pool that answers there.
    private var redirects: [NginxRedirect] = []
    /// The names of the servers of each pool.
    private var names: [Int: Set<String>] = [:]

    init(_ sources: [ImportSource], drafts: [ImportDraft], include: @escaping ImportInclude) {
        self.drafts = drafts
        self.include = include
        for source in sources { gather(parse(source), outer: []) }
        for (directive, outer) in servers { serve(directive, outer) }
        for redirect in redirects { serve(redirect) }
        for directive in shared where !taken.contains(directive.name) { report(directive) }
        for (_, upstream) in upstreams.sorted(by: { $0.key < $1.key }) {
            notes += upstream.notes
            if !usedUpstreams.contains(upstream.name.text) {
                notes.append(upstream.name.note(.lost, "no server passes requests to this upstream"))
            }
        }
        notes.sort { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
    }

    // MARK: - Reading

    private mutating func parse(_ source: ImportSource) -> [NginxConf.Directive] {
        guard source.text.utf8.count <= ImportLimits.bytesMax else {
            let token = ImportToken(text: "file", file: source.file, position: TextPosition(line: 1, column: 1))
            notes.append(token.note(.invalid, "it has more than \(ImportLimits.bytesMax) bytes"))
            return []
        }
        let conf = NginxConf(source)
        notes += conf.notes
        return included(conf.directives, in: source)
    }

    /// The directives with every `include` replaced by what it names, at every depth.
    private mutating func included(_ directives: [NginxConf.Directive], in source: ImportSource) -> [NginxConf
        .Directive]
    {
        var result: [NginxConf.Directive] = []
        for directive in directives {
            if directive.name.text == "include", directive.block == nil {
                let pattern = directive.argument(0)
                if pattern.hasSuffix("mime.types") {
                    notes.append(directive.name.note(.unneeded, "answers come from the workers, with their types"))
                    continue
                }
                let files = include(pattern, source.file).prefix(max(0, includesLeft))
                includesLeft -= max(1, files.count)
                if files.isEmpty { notes.append(directive.name.note(.lost, "\(pattern) was not found or not read")) }
                for file in files { result += parse(file) }
            } else if let block = directive.block {
                var changed = directive
                changed.block = included(block, in: source)
                result.append(changed)
            } else {
                result.append(directive)
            }
        }
        return result
    }

    /// Sorts the directives outside servers: what applies to all of them, the upstreams, the servers.
    private mutating func gather(_ directives: [NginxConf.Directive], outer: [NginxConf.Directive]) {
        var settings = outer
        for directive in directives where !["http", "server", "upstream"].contains(directive.name.text) {
            settings.append(directive)
        }
        for directive in directives {
            switch directive.name.text {
            case "http": gather(directive.block ?? [], outer: settings)
            case "upstream":
                let upstream = NginxUpstream(directive)
                upstreams[upstream.name.text] = upstream
            case "server": servers.append((directive, settings))
            default: shared.append(directive)
            }
        }
    }

    /// Says what became of a directive outside servers that no server with a pool has taken.
    private mutating func report(_ directive: NginxConf.Directive) {
        var front = NginxFront()
        front.take(directive)
        notes += front.notes.isEmpty ? [directive.name.note(.lost, "it applies to no pool")] : front.notes
    }

    // MARK: - Servers

    private mutating func serve(_ server: NginxConf.Directive, _ outer: [NginxConf.Directive]) {
        let block = server.block ?? []
        let locations = block.filter { $0.name.text == "location" }
        if let redirect = NginxRedirect(server) {
            redirects.append(redirect)
            return
        }
        guard let main = mainLocation(locations), let pass = main.block?.last(where: { $0.name.text == "proxy_pass" })
        else {
            withoutPool(server, block)
            return
        }
        guard let index = pool(of: pass) else { return }
        var front = NginxFront()
        // A front that several servers make keeps what the first one said.
        if hasFront.contains(index) { front.front = drafts[index].spec.front }
        var tls = NginxTLS(server: block, outer: outer)
        let settings = outer + block.filter { !["location", "listen"].contains($0.name.text) }
        for directive in settings {
            taken.insert(directive.name)
            if !NginxTLS.isAbout(directive.name.text) { front.take(directive) }
        }
        for directive in main.block ?? [] where directive.name.text != "proxy_pass" { front.take(directive) }
        let listens = block.filter { $0.name.text == "listen" }
        for directive in listens { listen(directive, &tls, index, &front.front) }
        if listens.isEmpty { add(FrontListener(.tcp(host: "0.0.0.0", port: 80)), server.name, index, &front.front) }
        names[index, default: []].formUnion(
            block.filter { $0.name.text == "server_name" }.flatMap { $0.arguments.map(\.text) }
        )
        if tls.isOn || listens.contains(where: { $0.arguments.contains { $0.text == "ssl" } }) {
            notes += tls.notes.filter { !notes.contains($0) }
        } else {
            for directive in outer + block where NginxTLS.isAbout(directive.name.text) {
                notes.append(directive.name.note(.unneeded, "no listen of the server speaks TLS"))
            }
        }
        for location in locations where location != main {
            if let files = NginxFiles(location) {
                front.front.statics.removeAll { $0.prefix == files.spec.prefix }
                front.front.statics.append(files.spec)
                notes += files.notes
            } else {
                other(location, than: pass)
            }
        }
        notes += front.notes.filter { !notes.contains($0) }
        drafts[index].spec.front = front.front
        hasFront.insert(index)
    }

    /// `location /` where it proxies, else the first that does.
    private func mainLocation(_ locations: [NginxConf.Directive]) -> NginxConf.Directive? {
        let proxied = locations.filter { $0.block?.contains { $0.name.text == "proxy_pass" } == true }
        return proxied.first { $0.argument(0) == "/" } ?? proxied.first { $0.argument(0).hasPrefix("@") }
            ?? proxied.first
    }

    private mutating func withoutPool(_ server: NginxConf.Directive, _ block: [NginxConf.Directive]) {
        let rule = block.first { $0.name.text == "return" }
        let reason =
            rule.map { "redirects go to https only: return \($0.arguments.map(\.text).joined(separator: " "))" }
            ?? "no location of it passes requests to a pool"
        notes.append(server.name.note(.lost, reason))
        for directive in block where directive != rule {
            notes.append(directive.name.note(.lost, "its server has no pool"))
        }
    }

    /// Gives a redirect to the pool that answers at its target: one with the same name, else the first.
    private mutating func serve(_ redirect: NginxRedirect) {
        let targets = drafts.indices.filter { index in
            drafts[index].spec.front.listeners.contains { listener in
                if case .tcp(_, let port) = listener.address {
                    listener.tls != nil && port == redirect.target.port
                } else {
                    false
                }
            }
        }
        guard
            let index = targets.first(where: { !names[$0, default: []].isDisjoint(with: redirect.names) })
                ?? targets.first
        else {
            notes.append(
                redirect.server.name.note(.lost, "no pool of these files speaks https on port \(redirect.target.port)")
            )
            for directive in redirect.server.block ?? [] {
                notes.append(directive.name.note(.lost, "its server has no pool"))
            }
            return
        }
        notes += redirect.notes
        for directive in redirect.server.block ?? [] where !redirect.understood.contains(directive.name) {
            notes.append(directive.name.note(.lost, "a server that redirects does nothing else"))
        }
        var front = drafts[index].spec.front
        for directive in redirect.listens {
            guard let address = address(directive) else { continue }
            add(FrontListener(address, redirect: redirect.target), directive.name, index, &front)
        }
        if redirect.listens.isEmpty {
            let everywhere = Address.tcp(host: "0.0.0.0", port: 80)
            add(FrontListener(everywhere, redirect: redirect.target), redirect.server.name, index, &front)
        }
        drafts[index].spec.front = front
    }

    private mutating func other(_ location: NginxConf.Directive, than pass: NginxConf.Directive) {
        let path = location.arguments.map(\.text).joined(separator: " ")
        let target = location.block?.last { $0.name.text == "proxy_pass" }?.argument(0)
        if target == pass.argument(0) {
            notes.append(location.name.note(.changed, "\(path) goes to the pool with the settings of all other paths"))
        } else {
            notes.append(location.name.note(.lost, "\(path): every path goes to the pool"))
        }
        for directive in location.block ?? [] where directive.name.text != "proxy_pass" || target != pass.argument(0) {
            notes.append(directive.name.note(.lost, NginxDirectives.lostReason(directive.name.text)))
        }
    }

    private mutating func listen(
        _ directive: NginxConf.Directive,
        _ tls: inout NginxTLS,
        _ index: Int,
        _ front: inout FrontSpec
    ) {
        let flags = Set(directive.arguments.dropFirst().map(\.text))
        if flags.contains("quic") {
            notes.append(directive.name.note(.lost, "\(directive.argument(0)): HTTP/3 is not spoken"))
            return
        }
        if flags.contains("proxy_protocol") { front.acceptProxyProtocol = true }
        if flags.contains("http2") {
            notes.append(directive.name.note(.unneeded, "clients that speak TLS may choose HTTP/2"))
        }
        guard let address = address(directive) else { return }
        guard flags.contains("ssl") || tls.isOn else {
            add(FrontListener(address), directive.name, index, &front)
            return
        }
        guard let spec = tls.spec(for: directive) else { return }
        add(FrontListener(address, tls: spec), directive.name, index, &front)
    }

    /// Adds a listener that nobody has yet. Two servers on one address are told apart by name in nginx, here by address.
    private mutating func add(
        _ listener: FrontListener,
        _ token: ImportToken,
        _ index: Int,
        _ front: inout FrontSpec
    ) {
        let other = drafts.indices.first { other in
            other != index && drafts[other].spec.front.listen.contains { $0.collides(with: listener.address) }
        }
        if let other {
            let owner = drafts[other].spec.name
            notes.append(
                token.note(
                    .lost,
                    "\(listener.address) is taken by the pool \(owner); pools differ by address, not by name"
                )
            )
        } else if let known = front.listeners.firstIndex(where: { $0.address.collides(with: listener.address) }) {
            guard let more = listener.tls?.certificates, var tls = front.listeners[known].tls else { return }
            // Several names on one address: the certificate follows from the name that the client asks for.
            for files in more where !tls.certificates.contains(files) && tls.certificates.count < Limits.certificatesMax
            {
                tls.certificates.append(files)
            }
            front.listeners[known].tls = tls
        } else {
            front.listeners.append(listener)
        }
    }

    private mutating func address(_ directive: NginxConf.Directive) -> Address? {
        let known: Set = ["default_server", "default", "proxy_protocol", "ssl", "http2"]
        for token in directive.arguments.dropFirst() where !known.contains(token.text) {
            notes.append(token.note(.unneeded, "the proxy sets up its listeners itself"))
        }
        var text = directive.argument(0)
        if text.utf8.allSatisfy(isDigit) {
            text = "0.0.0.0:\(text)"
        } else if text.hasPrefix("*") {
            text = "0.0.0.0" + text.dropFirst()
        }
        if !text.hasPrefix("unix:"), text.hasSuffix("]") || !text.contains(":") { text += ":80" }
        do throws(TemplateError) {
            return try AddressText.read(text)
        } catch {
            notes.append((directive.arguments.first ?? directive.name).note(.invalid, error.description))
            return nil
        }
    }

    // MARK: - Pools

    /// The pool that a `proxy_pass` means: one of the supervisor's with these addresses, or a new one.
    private mutating func pool(of pass: NginxConf.Directive) -> Int? {
        guard let upstream = upstream(of: pass) else { return nil }
        let index = drafts.firstIndex { isServed($0.spec, by: upstream) } ?? add(upstream)
        guard let index else { return nil }
        // What listened where nginx passed its requests to is no front any more: clients come through the pool's own.
        if !hasFront.contains(index) { drafts[index].spec.front.listeners = [] }
        drafts[index].spec.balance = upstream.balance
        return index
    }

    private mutating func upstream(of pass: NginxConf.Directive) -> NginxUpstream? {
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
            if end < path.endIndex, path[end...] != ":", path[end...] != ":/" {
                notes.append(token.note(.lost, "paths are passed on unchanged"))
            }
            target = target[..<end]
        } else if let slash = target.firstIndex(of: "/") {
            if target[slash...] != "/" { notes.append(token.note(.lost, "paths are passed on unchanged")) }
            target = target[..<slash]
        }
        if let known = upstreams[String(target)] {
            usedUpstreams.insert(String(target))
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

    private func isServed(_ spec: PoolSpec, by upstream: NginxUpstream) -> Bool {
        let profile = Profile(file: "", directory: "/", spec: spec)
        let addresses = profile.workerAddresses(runtimeDirectory: "/run/pool") + spec.front.listen
        return !upstream.addresses.isEmpty
            && upstream.addresses.allSatisfy { address in addresses.contains { $0.collides(with: address) } }
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
