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
    /// What Python's `cpu_count()` says.
    package var processors: Int
    /// What relative names of files are relative to.
    package var directory: String
    /// Where the profiles are written; nil where their place is not known: beside what they were made from, most likely.
    package var output: String?

    package init(
        variables: [String: String] = [:],
        hostName: String = "localhost",
        processors: Int = 1,
        directory: String = "",
        output: String? = nil
    ) {
        self.variables = variables
        self.hostName = hostName
        self.processors = processors
        self.directory = directory
        self.output = output
    }

    /// The path itself where it is absolute already, or where nobody knows.
    func absolute(_ path: String) -> String { directory.isEmpty ? path : Path.absolute(path, in: directory) }

    /// A file's name as a profile may have it, whose relative paths are relative to itself.
    func named(_ path: String) -> String {
        guard let output, absolute(output) != directory else { return path }
        return absolute(path)
    }
}

/// Whose configuration a file is.
package enum ImportKind: Hashable, Sendable {
    case supervisord, nginx, gunicorn
    /// Whose, where it is nothing that can be imported.
    case other(String)

    /// By its name and its first words: supervisord's begins with a section, gunicorn's is a Python file.
    package init(of source: ImportSource) {
        if source.file.hasSuffix(".py") {
            self = .gunicorn
            return
        }
        let first = source.text.split(whereSeparator: \.isNewline).map(trimmed).first { line in
            !line.isEmpty && !line.hasPrefix(";") && !line.hasPrefix("#")
        }
        let name = source.file.split(separator: "/").last ?? ""
        let words = first?.split(whereSeparator: \.isWhitespace) ?? []
        if source.file.hasSuffix(".toml") {
            self = .other("a profile, or another TOML file")
        } else if source.file.hasSuffix(".ini") || name.hasPrefix("supervis") || first?.hasPrefix("[") == true {
            self = .supervisord
        } else if first?.hasPrefix("<") == true {
            self = .other("Apache's configuration")
        } else if let word = words.first, words.count <= 2, first?.contains("{") == false,
            first?.hasSuffix(";") == false,
            ["global", "defaults", "frontend", "backend", "listen"].contains(word)
        {
            self = .other("HAProxy's configuration")
        } else {
            self = .nginx
        }
    }
}

/// Bounds of an import.
enum ImportLimits {
    /// Included files. Beyond: no more are read, which is noted.
    static let filesMax = 256
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
        let programs = SupervisorImport(supervisor, environment: environment, include: include)
        let masters = gunicorn.map { GunicornImport.draft($0, environment: environment) }
        let known = programs.drafts + masters.map(\.draft)
        let fronts = NginxImport(nginx, drafts: known, environment: environment, include: include)
        let notes = programs.notes + masters.flatMap(\.notes) + fronts.notes
        return ProfileImport(fronts.drafts, from: (supervisor + gunicorn + nginx).map(\.file), notes: notes)
    }

    init(_ drafts: [ImportDraft], from files: [String], notes: [ImportNote]) {
        self.notes = notes
        pools = []
        var neighbours = ProfileNeighbours(runtimeDirectory: "/run/pool")
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
            // Whether the pools can run side by side, as the servers did.
            let conflicts = decoded.profile.map { neighbours.conflicts(of: $0) } ?? []
            if let profile = decoded.profile { neighbours.add(profile) }
            let issues = decoded.issues + conflicts
            pools.append(Pool(name: spec.name, text: text, spec: decoded.spec ?? spec, issues: issues))
        }
    }
}
