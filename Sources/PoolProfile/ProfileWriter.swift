package import PoolModel

/// Writes a spec as a profile that decodes to the same spec.
package enum ProfileWriter {
    package enum Detail: Hashable, Sendable {
        /// Only what is not the default.
        case changes
        /// What is not the default, with its meaning as a comment.
        case commented
        /// Every key, with its meaning as a comment.
        case everything
    }

    /// The profile's text.
    ///
    /// - Parameter comment: lines for the head of the file, without their `#`.
    package static func text(_ spec: PoolSpec, detail: Detail = .changes, comment: [String] = []) -> String {
        var lines = comment.map { $0.isEmpty ? "#" : "# \($0)" }
        for section in ProfileReference.sections {
            lines += self.lines(of: section, spec, detail)
        }
        while lines.first?.isEmpty == true { lines.removeFirst() }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of section: ProfileReference.Section, _ spec: PoolSpec, _ detail: Detail) -> [String] {
        var plain: [String] = []
        var tables: [String] = []
        for field in section.fields {
            let value = field.encode(spec)
            guard detail == .everything || field.defaultText != value else { continue }
            let comment = detail != .changes ? wrapped(field.meaning).map { "# \($0)" } : []
            if let entries = field.encodeLines(spec), entries.count > 1 {
                tables += ["", "[\(field.path)]"] + comment + entries
            } else {
                let gap = plain.isEmpty || comment.isEmpty ? [] : [""]
                plain += gap + comment + ["\(field.key) = \(value)"]
            }
        }
        if plain.isEmpty { return tables }
        let meaning = detail != .changes ? wrapped(section.meaning).map { "# \($0)" } + [""] : []
        return ["", "[\(section.table)]"] + meaning + plain + tables
    }

    /// The text in lines of about 100 columns.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + word.count > 100 {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return lines + [line]
    }
}
