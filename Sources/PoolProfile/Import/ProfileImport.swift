package import PoolModel
internal import PoolTOML

/// Finds the files that an `include` names: pattern, and the file it stands in. Reading is the caller's.
package typealias ImportInclude = (_ pattern: String, _ file: String) -> [ImportSource]

/// What a configuration may ask of the machine that it is for: that of whoever imports.
package struct ImportEnvironment: Hashable, Sendable {
    /// What `%(ENV_X)s` takes its values from.
    package var variables: [String: String]
    /// `%(host_node_name)s`.
    package var hostName: String

    package init(variables: [String: String] = [:], hostName: String = "localhost") {
        self.variables = variables
        self.hostName = hostName
    }
}

/// Whose configuration a file is.
package enum ImportKind: Hashable, Sendable {
    case supervisord, nginx, gunicorn

    /// By its name and its first words: supervisord's begins with a section, gunicorn's is a Python file.
    package init(of source: ImportSource) {
        if source.file.hasSuffix(".py") {
            self = .gunicorn
            return
        }
        let first = source.text.split(whereSeparator: \.isNewline).map(trimmed).first { line in
            !line.isEmpty && !line.hasPrefix(";") && !line.hasPrefix("#")
        }
        self = source.file.hasSuffix(".ini") || first?.hasPrefix("[") == true ? .supervisord : .nginx
    }
}

/// Bounds of an import.
enum ImportLimits {
    /// Included files. Beyond: no more are read, which is noted.
    static let filesMax = 64
    /// Bytes of one file. Beyond: it is not read, which is noted.
    static let bytesMax = 1 << 20
}

/// What an import made.
package struct ProfileImport: Sendable {
    /// A pool and the profile that defines it.
    package struct Pool: Hashable, Sendable {
        package var name: String
        /// What to write to `NAME.toml`.
        package var text: String
        package var spec: PoolSpec
        /// What the profile's own check says of it: warnings, and errors where the input made no sense.
        package var issues: [ProfileIssue]
    }

    package var pools: [Pool]
    /// Everything that is not in the profiles as it was, in the order of the input. Nothing is dropped without one.
    package var notes: [ImportNote]

    /// Turns supervisord's, gunicorn's and nginx's configuration into profiles.
    ///
    /// - Parameters:
    ///   - include: finds and reads the files of `include` and `[include] files`.
    package static func convert(
        supervisor: [ImportSource],
        nginx: [ImportSource],
        gunicorn: [ImportSource] = [],
        environment: ImportEnvironment = ImportEnvironment(),
        include: @escaping ImportInclude = { _, _ in [] }
    ) -> ProfileImport {
        let (supervisor, supervisorNotes) = bounded(supervisor)
        let (nginx, nginxNotes) = bounded(nginx)
        let programs = SupervisorImport(supervisor, environment: environment, include: include)
        let masters = gunicorn.map { GunicornImport.draft($0) }
        let fronts = NginxImport(nginx, drafts: programs.drafts + masters.map(\.draft), include: include)
        let notes = supervisorNotes + nginxNotes + programs.notes + masters.flatMap(\.notes) + fronts.notes
        return ProfileImport(fronts.drafts, from: (supervisor + gunicorn + nginx).map(\.file), notes: notes)
    }

    init(_ drafts: [ImportDraft], from files: [String], notes: [ImportNote]) {
        self.notes = notes
        pools = []
        var names: Set<String> = []
        for draft in drafts {
            var spec = draft.spec
            var suffix = 2
            while !names.insert(spec.name).inserted {
                spec.name = "\(draft.spec.name.prefix(28))-\(suffix)"
                suffix += 1
            }
            if spec.health.path == nil, spec.worker.ready == .probe { spec.worker.ready = .listen }
            let losses = notes.filter { $0.kind != .unneeded }.map(\.description)
            let comment =
                ["The pool \(spec.name), imported from \(files.joined(separator: ", "))."]
                + (losses.isEmpty ? [] : ["", "Not as it was:"] + losses.map { "  " + $0 })
            let text = ProfileWriter.text(spec, comment: comment.map { $0.replacing("\n", with: " ") })
            let decoded = Profile.decode(text: text, file: "\(spec.name).toml")
            pools.append(Pool(name: spec.name, text: text, spec: decoded.spec ?? spec, issues: decoded.issues))
        }
    }

    private static func bounded(_ sources: [ImportSource]) -> (sources: [ImportSource], notes: [ImportNote]) {
        let tooLarge = sources.filter { $0.text.utf8.count > ImportLimits.bytesMax }
        let notes = tooLarge.map { source in
            ImportToken(text: "file", file: source.file, position: TextPosition(line: 1, column: 1))
                .note(.invalid, "it has more than \(ImportLimits.bytesMax) bytes")
        }
        return (sources.filter { $0.text.utf8.count <= ImportLimits.bytesMax }, notes)
    }
}
