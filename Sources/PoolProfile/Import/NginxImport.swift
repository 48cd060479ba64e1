import PoolModel

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

    init(_ sources: [ImportSource], drafts: [ImportDraft], include: @escaping ImportInclude) {
        self.drafts = drafts
        self.include = include
        for source in sources { gather(parse(source), outer: []) }
        for (directive, outer) in servers { serve(directive, outer) }
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
        guard let main = mainLocation(locations), let pass = main.block?.last(where: { $0.name.text == "proxy_pass" })
        else {
            withoutPool(server, block)
            return
        }
        guard let index = pool(of: pass) else { return }
        var front = NginxFront()
        // A front that several servers make keeps what the first one said.
        if hasFront.contains(index) { front.front = drafts[index].spec.front }
        let settings = outer + block.filter { !["location", "listen"].contains($0.name.text) }
        for directive in settings {
            front.take(directive)
            taken.insert(directive.name)
        }
        for directive in main.block ?? [] where directive.name.text != "proxy_pass" { front.take(directive) }
        for directive in block where directive.name.text == "listen" { listen(directive, &front.front) }
        if !block.contains(where: { $0.name.text == "listen" }) {
            front.front.listen.append(.tcp(host: "0.0.0.0", port: 80))
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
        let redirect = block.first { $0.name.text == "return" }
        let reason =
            redirect.map { "a profile has no redirects: return \($0.arguments.map(\.text).joined(separator: " "))" }
            ?? "no location of it passes requests to a pool"
        notes.append(server.name.note(.lost, reason))
        for directive in block where directive != redirect {
            notes.append(directive.name.note(.lost, "its server has no pool"))
        }
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

    private mutating func listen(_ directive: NginxConf.Directive, _ front: inout FrontSpec) {
        let flags = Set(directive.arguments.dropFirst().map(\.text))
        if flags.contains("ssl") || flags.contains("quic") {
            notes.append(directive.name.note(.lost, "\(directive.argument(0)): \(NginxDirectives.lostReason("ssl"))"))
            return
        }
        if flags.contains("proxy_protocol") { front.acceptProxyProtocol = true }
        for token in directive.arguments.dropFirst()
        where !["default_server", "default", "proxy_protocol"].contains(token.text) {
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
            let address = try AddressText.read(text)
            if !front.listen.contains(where: { $0.collides(with: address) }) { front.listen.append(address) }
        } catch {
            notes.append((directive.arguments.first ?? directive.name).note(.invalid, error.description))
        }
    }

    // MARK: - Pools

    /// The pool that a `proxy_pass` means: one of the supervisor's with these addresses, or a new one.
    private mutating func pool(of pass: NginxConf.Directive) -> Int? {
        guard let upstream = upstream(of: pass) else { return nil }
        let index = drafts.firstIndex { isServed($0.spec, by: upstream) } ?? add(upstream)
        guard let index else { return nil }
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
        let addresses = profile.workerAddresses(runtimeDirectory: "/run/pool")
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
