internal import CPoolOS
internal import Glibc

/// A system call that failed: which one, on what, and why.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name: `open`, `bind`, or what was tried where several calls make it up.
    package var call: String
    /// What it was called on, for people: a path, an address, a user's name. Empty where there is nothing to name.
    package var object: String
    /// The errno.
    package var code: Int32

    package init(_ call: String, on object: String = "", code: Int32) {
        self.call = call
        self.object = object
        self.code = code
    }

    /// The reason alone, as the C library words it, in lower case: `no such file or directory`.
    package var reason: String { SystemError.reason(code) }

    /// `open /run/pool/poold.lock: permission denied (EACCES)`
    package var description: String {
        let name = pool_error_name(code).map { String(cString: $0) } ?? "errno \(code)"
        return "\(call)\(object.isEmpty ? "" : " \(object)"): \(reason) (\(name))"
    }

    /// The reason for an errno in words, in lower case.
    package static func reason(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        // The POSIX form: it fails only for unknown codes, and has then still written a text.
        _ = strerror_r(code, &buffer, buffer.count)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        // "Permission denied" becomes lower case, "RPC failed" stays.
        guard let second = text.dropFirst().first, second.isLowercase || second == " " else { return text }
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
