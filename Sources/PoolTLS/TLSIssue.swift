internal import COpenSSL

/// What is wrong with a certificate, a key or a pair of them, for people.
package struct TLSIssue: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// The library's own words for the oldest error of this thread; the others are dropped.
    static func takeReason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let text = ERR_reason_error_string(code) else { return "unknown error" }
        return String(cString: text)
    }
}
