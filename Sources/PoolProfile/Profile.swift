package import PoolModel
package import PoolTOML

/// A profile that was read and checked: the spec, and where in the file each part of it was said.
package struct Profile: Hashable, Sendable {
    /// The file as the caller named it.
    package var file: String
    /// `{profile}`, and what relative paths are relative to.
    package var directory: String
    package var spec: PoolSpec
    private var positions: [String: TextPosition]

    /// What decoding came to: a profile where there is no error. Warnings may come with it.
    package struct Decoded: Hashable, Sendable {
        package var profile: Profile?
        /// In the order of the text.
        package var issues: [ProfileIssue]

        package var spec: PoolSpec? { profile?.spec }
        package var errors: [ProfileIssue] { issues.filter(\.isError) }
        package var warnings: [ProfileIssue] { issues.filter { !$0.isError } }
    }

    /// A profile without a text: no key has a place.
    package init(file: String, directory: String, spec: PoolSpec, positions: [String: TextPosition] = [:]) {
        self.file = file
        self.directory = directory
        self.spec = spec
        self.positions = positions
    }

    /// Where the value of a key stands, such as `front.listen`; nil where the key has its default.
    package func position(of key: String) -> TextPosition? { positions[key] }

    /// An issue at a key that shows only when the profile is used: a port in use, a program that is not there.
    package func issue(
        at key: String,
        _ message: String,
        suggestion: String? = nil,
        severity: ProfileIssue.Severity = .error
    ) -> ProfileIssue {
        let position = positions[key] ?? positions[ProfileReference.field(key)?.table ?? key]
        return ProfileProblem(
            position: position ?? TextPosition(line: 1, column: 1),
            severity: severity,
            message: message,
            suggestion: suggestion
        ).issue(in: file)
    }

    /// Reads one profile.
    ///
    /// - Parameters:
    ///   - file: the name for messages.
    ///   - runtimeDirectory: the daemon's, below which `{run}` lies: the length of socket paths is checked with it.
    ///   - directory: the profile's own; the file's directory where nil.
    package static func decode(
        text: String,
        file: String,
        runtimeDirectory: String = "/run/pool",
        directory: String? = nil
    ) -> Decoded {
        guard text.utf8.count <= Limits.profileBytesMax else {
            let message = "the file has \(text.utf8.count) bytes, a profile may have \(Limits.profileBytesMax)"
            let position = TextPosition(line: 1, column: 1)
            return Decoded(profile: nil, issues: [ProfileProblem(position: position, message: message).issue(in: file)])
        }
        let (root, syntaxErrors) = TOMLParser.parse(text)
        var decoder = ProfileDecoder()
        decoder.decode(root, isComplete: syntaxErrors.isEmpty)
        var problems = syntaxErrors.map { ProfileProblem(position: $0.position, message: $0.message) }
        problems += decoder.problems
        var profile = Profile(
            file: file,
            directory: directory ?? Path.directory(of: file),
            spec: decoder.spec,
            positions: decoder.keyPositions.merging(decoder.valuePositions) { $1 }
        )
        if syntaxErrors.isEmpty {
            var validator = ProfileValidator(profile, runtimeDirectory: runtimeDirectory, broken: decoder.broken)
            validator.check()
            profile.spec = validator.spec
            problems += validator.problems
        }
        problems.sort { ($0.position, $0.message) < ($1.position, $1.message) }
        let hasErrors = problems.contains { $0.severity == .error }
        return Decoded(profile: hasErrors ? nil : profile, issues: problems.map { $0.issue(in: file) })
    }
}
