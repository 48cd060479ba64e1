/// An error as a client sees it: a stable code, and a text that names the object and the remedy.
package struct PoolError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// What programs switch on. It crosses the control socket unchanged.
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case invalidArgument = "invalid-argument"
        case notFound = "not-found"
        /// The thing is not in a state that allows it, or has changed meanwhile.
        case conflict
        case unavailable
        case timeout
        case unsupportedVersion = "unsupported-version"
        case permissionDenied = "permission-denied"
        case tooLarge = "too-large"
        case `internal` = "internal"
    }

    package var code: Code
    /// Lower case, names the object: `worker example_9 does not exist`.
    package var message: String
    /// What to do about it; nil where the message says all.
    package var remedy: String?

    package init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.map { "\(message); \($0)" } ?? message }
}
