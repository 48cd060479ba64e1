import PoolModel
internal import PoolTOML

/// Turns a gunicorn set-up into a pool: each worker is a gunicorn master with one worker process of its own.
///
/// gunicorn goes on reading its file, so that every setting holds; only the address and the number of workers are
/// overridden on its command line, which wins over the file.
package enum GunicornImport {
    /// - Parameter application: `module:variable`, where the file has no `wsgi_app`.
    package static func convert(
        _ source: ImportSource,
        application: String? = nil,
        environment: ImportEnvironment = ImportEnvironment()
    ) -> ProfileImport {
        let (draft, notes) = draft(source, application: application, environment: environment)
        return ProfileImport([draft], from: [source.file], notes: notes)
    }

    static func draft(
        _ source: ImportSource,
        application: String? = nil,
        environment: ImportEnvironment
    ) -> (draft: ImportDraft, notes: [ImportNote]) {
        let start = ImportToken(text: "gunicorn", file: source.file, position: TextPosition(line: 1, column: 1))
        let refusal = source.refusal
        let config = GunicornConfig(
            refusal == nil ? source : ImportSource(file: source.file, text: ""),
            environment
        )
        var notes = config.notes
        if let refusal { notes.append(refusal) }
        var app = application
        if app == nil, case .text(let text) = config["wsgi_app"]?.value { app = text }
        if app == nil {
            notes.append(start.note(.lost, "the file does not name the application: write it into [worker] command"))
        }
        // gunicorn goes on reading the file where it is, wherever the profile is written.
        let file = environment.named(source.file)
        let name = PoolNames.name(from: app?.split(separator: ":").first.map(String.init) ?? "app")
        var spec = PoolSpec(name: name, worker: WorkerSpec(command: [], listen: "unix:{run}/\(name)_{n}.sock"))
        spec.worker.command = [
            "gunicorn", Template.escaped(app ?? "my_app_module:my_web_app"),
            "--config=" + (file.hasPrefix("/") ? "" : "{profile}/") + Template.escaped(file),
            "--bind=unix:{socket}", "--workers=1",
        ]
        // gunicorn's keepalive is 2 s where nothing is said; the proxy must be first to close.
        spec.front.timeouts.upstreamIdle = .seconds(1)
        // The last assignment of a name wins.
        for setting in config.settings where config[setting.name.text] == setting { take(setting, &spec, &notes) }
        if spec.front.listen.isEmpty { spec.front.listen = [.tcp(host: "127.0.0.1", port: 8000)] }
        notes.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        return (ImportDraft(spec: spec, origin: start), notes)
    }

    private static func take(_ setting: GunicornConfig.Setting, _ spec: inout PoolSpec, _ notes: inout [ImportNote]) {
        switch (setting.name.text, setting.value) {
        case ("bind", .text(let text)): listen([text], setting, &spec, &notes)
        case ("bind", .list(let values)):
            let texts = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
            listen(texts, setting, &spec, &notes)
        case ("workers", .integer(let count)) where (1...Limits.workersMax).contains(count): spec.workers = count
        // Environment variables are texts; gunicorn reads numbers from them.
        case ("workers", .text(let text)), ("keepalive", .text(let text)), ("graceful_timeout", .text(let text)):
            guard let number = Int(text) else {
                notes.append(setting.name.note(.lost, "its value makes no sense here"))
                return
            }
            take(GunicornConfig.Setting(name: setting.name, value: .integer(number)), &spec, &notes)
        case ("keepalive", .integer(let seconds)) where (0...1_000_000).contains(seconds):
            spec.front.timeouts.upstreamIdle = seconds > 1 ? .seconds(seconds - 1) : .milliseconds(500)
        case ("graceful_timeout", .integer(let seconds)) where (0...1_000_000).contains(seconds):
            spec.worker.stopTimeout = .seconds(seconds + 5)
        case ("chdir", .text(let path)) where !path.isEmpty: spec.worker.directory = Template.escaped(path)
        case ("daemon", .boolean(true)):
            notes.append(setting.name.note(.lost, "a worker must stay in the foreground: take daemon out of the file"))
        case ("bind", _), ("workers", _), ("keepalive", _), ("graceful_timeout", _), ("chdir", _):
            notes.append(setting.name.note(.lost, "its value makes no sense here"))
        case ("wsgi_app", _): break
        case ("max_requests", _), ("max_requests_jitter", _):
            notes.append(setting.name.note(.unneeded, "gunicorn goes on doing it; [worker] requests_max drains first"))
        default: notes.append(setting.name.note(.unneeded, "gunicorn goes on reading it from its file"))
        }
    }

    /// Where gunicorn listened, clients connect: that is now the front.
    private static func listen(
        _ texts: [String],
        _ setting: GunicornConfig.Setting,
        _ spec: inout PoolSpec,
        _ notes: inout [ImportNote]
    ) {
        for text in texts {
            do throws(TemplateError) {
                let host = text.hasPrefix(":") ? "0.0.0.0\(text)" : text
                let full = host.hasPrefix("unix:") || host.contains(":") ? host : "\(host):8000"
                let address = try AddressText.read(full)
                if !spec.front.listen.contains(where: { $0.collides(with: address) }) {
                    spec.front.listen.append(address)
                }
            } catch {
                notes.append(setting.name.note(.invalid, error.description))
            }
        }
    }
}
