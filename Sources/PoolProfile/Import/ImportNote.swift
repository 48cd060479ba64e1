internal import PoolTOML

/// What became of a line of an imported configuration that has no line of its own in the profile.
package struct ImportNote: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// Pool does it by itself, or needs nothing of the kind.
        case unneeded
        /// It is carried over, but not to the letter.
        case changed
        /// It has no counterpart: who needs it must look after it.
        case lost
        /// The configuration could not be read here.
        case invalid
    }

    package var file: String
    /// From 1.
    package var line: Int
    /// From 1, in Unicode scalars.
    package var column: Int
    package var kind: Kind
    /// The directive or option: `proxy_cache`.
    package var directive: String
    package var reason: String

    /// `nginx.conf:12:5: lost: root: static files …`
    package var description: String { "\(file):\(line):\(column): \(kind.rawValue): \(directive): \(reason)" }
}

/// A file that is imported, as text: reading it is the caller's.
package struct ImportSource: Hashable, Sendable {
    package var file: String
    package var text: String
    /// Why the file could not be read; its text is then empty.
    package var trouble: String?

    package init(file: String, text: String, trouble: String? = nil) {
        self.file = file
        self.text = text
        self.trouble = trouble
    }

    /// What keeps the file from being imported at all.
    var refusal: ImportNote? {
        let isTooLarge = text.utf8.count > ImportLimits.bytesMax
        guard let reason = trouble ?? (isTooLarge ? "it has more than \(ImportLimits.bytesMax) bytes" : nil) else {
            return nil
        }
        return ImportToken(text: "file", file: file, position: TextPosition(line: 1, column: 1)).note(.invalid, reason)
    }

    var directory: String { Path.directory(of: file) }
}

/// A word of an imported configuration, and where it stands.
struct ImportToken: Hashable, Sendable {
    var text: String
    var file: String
    var position: TextPosition

    func note(_ kind: ImportNote.Kind, _ reason: String) -> ImportNote {
        ImportNote(
            file: file,
            line: position.line,
            column: position.column,
            kind: kind,
            directive: printable(text),
            reason: printable(reason)
        )
    }
}

/// The text without control characters, which must not reach a terminal, and of bounded length.
private func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.prefix(500).map { $0.properties.generalCategory == .control ? "?" : $0 }
        )
    )
}
