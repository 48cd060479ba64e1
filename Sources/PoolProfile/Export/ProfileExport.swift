import PoolModel
internal import PoolTOML

/// A profile in the words of the programs that Pool stands in for: the way back, or to another machine.
package struct ProfileExport: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case nginx, supervisord, systemd
    }

    /// One file to write.
    package struct File: Hashable, Sendable {
        package var name: String
        package var text: String
    }

    package var files: [File]
    /// Every key of the profile that the files do not hold, or not to the letter.
    package var notes: [ImportNote]

    /// - Parameter runtimeDirectory: what `{run}` becomes lies below it, in files that know no templates.
    package static func convert(_ profile: Profile, to kind: Kind, runtimeDirectory: String) -> ProfileExport {
        switch kind {
        case .nginx: NginxExport.convert(profile, runtimeDirectory: runtimeDirectory)
        case .supervisord: SupervisorExport.convert(profile, runtimeDirectory: runtimeDirectory)
        case .systemd: SystemdExport.convert(profile, runtimeDirectory: runtimeDirectory)
        }
    }
}

/// Says which keys of a profile have no counterpart: all that are given, less those that are carried over.
struct ExportLedger {
    let profile: Profile
    /// `worker.command`, or whole tables as `log.`.
    let carried: Set<String>
    /// Keys that the program in question has nothing to do with, by table.
    let elsewhere: [String: String]
    private(set) var notes: [ImportNote] = []

    init(_ profile: Profile, carried: Set<String>, elsewhere: [String: String]) {
        self.profile = profile
        self.carried = carried
        self.elsewhere = elsewhere
    }

    mutating func note(_ key: String, _ kind: ImportNote.Kind, _ reason: String) {
        let position = profile.position(of: key) ?? TextPosition(line: 1, column: 1)
        let token = ImportToken(text: key, file: profile.file, position: position)
        notes.append(token.note(kind, reason))
    }

    /// The notes, in the order of the profile, with one for each key that nobody has taken.
    mutating func finish(lost: [String: String] = [:]) -> [ImportNote] {
        for field in ProfileReference.sections.flatMap(\.fields) {
            let isGiven = profile.position(of: field.path) != nil
            guard isGiven, !carried.contains(field.path), !notes.contains(where: { $0.directive == field.path }) else {
                continue
            }
            let table = elsewhere.first { field.path.hasPrefix($0.key) }
            if let table {
                note(field.path, .unneeded, table.value)
            } else {
                note(field.path, .lost, lost[field.path] ?? "no counterpart")
            }
        }
        return notes.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
    }
}

/// How a program that starts several instances from one text says their number.
struct InstanceDialect: Sendable {
    /// The number, with so many digits; nil where it cannot be said.
    var number: @Sendable (_ width: Int) -> String?
    /// Text that has no meaning to the program.
    var escape: @Sendable (String) -> String
}

/// What starts the workers, as one text for all of them where the dialect can say it, else one for each.
struct InstanceTexts: Hashable, Sendable {
    /// nil is the text for all instances.
    var number: Int?
    var command: [String]
    var directory: String
    /// By name.
    var environment: [String: String]
    var environmentFiles: [String]

    static func all(_ profile: Profile, runtimeDirectory: String, _ dialect: InstanceDialect) -> [InstanceTexts] {
        let runDirectory = "\(runtimeDirectory)/\(profile.spec.name)"
        let ids = profile.spec.workerIDs
        let commands = ids.compactMap { id -> WorkerCommand? in
            do throws(TemplateError) {
                return try WorkerCommand(
                    profile.spec,
                    number: id.number,
                    runDirectory: runDirectory,
                    profileDirectory: profile.directory
                )
            } catch {
                // A decoded profile has been checked for this.
                return nil
            }
        }
        guard commands.count == ids.count else { return [] }
        if let one = common(zip(ids, commands).map { ($0.number, $1) }, dialect) { return [one] }
        return zip(ids, commands).map { id, command in
            InstanceTexts(
                number: id.number,
                command: command.arguments.map(dialect.escape),
                directory: dialect.escape(command.directory),
                environment: command.environment.mapValues(dialect.escape),
                environmentFiles: command.environmentFiles.map(dialect.escape)
            )
        }
    }

    /// The one text from which all the expanded ones would follow; nil where there is none.
    private static func common(_ all: [(number: Int, command: WorkerCommand)], _ dialect: InstanceDialect)
        -> InstanceTexts?
    {
        func merged(_ pick: (WorkerCommand) -> String) -> String? {
            InstancePattern(all.map { ($0.number, pick($0.command)) }, dialect).text
        }
        guard let first = all.first?.command else { return nil }
        var result = InstanceTexts(number: nil, command: [], directory: "", environment: [:], environmentFiles: [])
        for index in first.arguments.indices {
            guard let text = merged({ $0.arguments[index] }) else { return nil }
            result.command.append(text)
        }
        for name in first.environment.keys {
            guard let text = merged({ $0.environment[name] ?? "" }) else { return nil }
            result.environment[name] = text
        }
        for index in first.environmentFiles.indices {
            guard let text = merged({ $0.environmentFiles[index] }) else { return nil }
            result.environmentFiles.append(text)
        }
        guard let directory = merged(\.directory) else { return nil }
        result.directory = directory
        return result
    }
}

/// One text for texts that differ only where their number stands: `--port=8081` … `--port=8084` is `--port=808`, the
/// number. What comes out is compared with what went in, so a wrong guess becomes nil, never a wrong text.
struct InstancePattern {
    let text: String?

    init(_ texts: [(number: Int, text: String)], _ dialect: InstanceDialect) {
        guard let first = texts.first, texts.contains(where: { $0.text != first.text }) else {
            text = texts.first.map { dialect.escape($0.text) }
            return
        }
        for width in [0, 2, 3, 4, 5] {
            let digits = InstancePattern.digits(first.number, width)
            guard let mark = dialect.number(width) else { continue }
            // Parts of a path or an argument that differ hold the number somewhere; every place of it is tried.
            let parts = InstancePattern.split(first.text, at: digits)
            for places in InstancePattern.choices(parts.count - 1) {
                let holds = texts.allSatisfy { entry in
                    InstancePattern.join(parts, places, digits, InstancePattern.digits(entry.number, width))
                        == entry.text
                }
                if holds {
                    text = InstancePattern.join(parts.map(dialect.escape), places, digits, mark)
                    return
                }
            }
        }
        text = nil
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static func split(_ text: String, at mark: String) -> [String] {
        text.split(separator: mark, omittingEmptySubsequences: false).map(String.init)
    }

    /// Which of the places hold the number, those with fewer of them first; bounded, because a text may hold many.
    private static func choices(_ places: Int) -> [Int] {
        guard (1...10).contains(places) else { return [] }
        return (1..<(1 << places)).sorted { ($0.nonzeroBitCount, $0) < ($1.nonzeroBitCount, $1) }
    }

    private static func join(_ parts: [String], _ places: Int, _ digits: String, _ mark: String) -> String {
        var result = parts[0]
        for (index, part) in parts.dropFirst().enumerated() {
            result += (places >> index & 1 == 1 ? mark : digits) + part
        }
        return result
    }
}
