internal import PoolTOML

/// One thing that is wrong or doubtful in a profile, with its place.
package struct ProfileIssue: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Severity: String, Hashable, Sendable, Codable {
        /// The profile is refused.
        case error
        /// The profile works, but probably not as meant, or not safely.
        case warning
    }

    /// The file as the caller named it.
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1, in Unicode scalars.
    package var column: Int
    package var severity: Severity
    /// Lower case; names the key and what was expected of it.
    package var message: String
    /// What to write instead; nil where the message says all.
    package var suggestion: String?

    package init(
        file: String,
        line: Int,
        column: Int,
        severity: Severity,
        message: String,
        suggestion: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.message = message
        self.suggestion = suggestion
    }

    /// `profiles/x.toml:12:3: error: …; did you mean …`, the form that editors and people know from compilers.
    package var description: String {
        let place = "\(file):\(line):\(column): \(severity.rawValue): \(message)"
        return suggestion.map { "\(place); \($0)" } ?? place
    }

    package var isError: Bool { severity == .error }
}

/// An issue before its file is known, with the place as a value.
struct ProfileProblem: Hashable, Sendable {
    var position: TextPosition
    var severity = ProfileIssue.Severity.error
    var message: String
    var suggestion: String?

    func issue(in file: String) -> ProfileIssue {
        ProfileIssue(
            file: file,
            line: position.line,
            column: position.column,
            severity: severity,
            message: message,
            suggestion: suggestion
        )
    }
}
