import PoolModel
internal import PoolTOML

/// Turns one `[program:x]` into a pool.
struct SupervisorProgram {
    private(set) var draft: ImportDraft
    private(set) var notes: [ImportNote] = []
    private let section: SupervisorINI.Section
    private var expansion: SupervisorExpansion

    init(_ section: SupervisorINI.Section, group: String?, environment: ImportEnvironment) {
        self.section = section
        let program = trimmed(section.name.text.dropFirst("program:".count))
        expansion = SupervisorExpansion(
            program: program,
            group: group ?? program,
            processes: 1,
            here: section.here,
            environment: environment
        )
        draft = ImportDraft(
            spec: PoolSpec(
                name: PoolNames.name(from: program),
                first: 0,
                worker: WorkerSpec(command: [], listen: "unix:{run}/{name}.sock")
            ),
            origin: section.name
        )
        // supervisord's defaults where they are not ours.
        draft.spec.worker.exitCodes = [0]
        draft.spec.worker.autorestart = .unexpected
        draft.spec.worker.stopAsGroup = false
        // It is a value of other options' expansions.
        if let option = section["numprocs"] { expansion.processes = Int(expansion.text(option.value).text) ?? 1 }
        for option in section.options { take(option) }
        nameWorkers(program)
        findAddress()
    }

    /// The options whose values are templates here: they say something of each process.
    private static let templates: Set = ["command", "directory", "environment", "process_name"]

    private mutating func take(_ written: SupervisorINI.Option) {
        var option = written
        if !SupervisorProgram.templates.contains(option.name.text) {
            let (text, troubles) = expansion.text(option.value)
            for trouble in troubles { note(option, .lost, trouble) }
            option.value = text
        }
        let value = option.value
        switch option.name.text {
        case "command": draft.spec.worker.command = command(option)
        case "numprocs": number(option, \.workers, 1...Limits.workersMax)
        case "numprocs_start": number(option, \.first, 0...1_000_000)
        case "process_name": break
        case "priority": number(option, \.priority, 0...1_000_000)
        case "directory": draft.spec.worker.directory = template(option)
        case "user": draft.spec.worker.user = value
        case "umask":
            if let mask = UInt16(value, radix: 8), mask <= 0o777 {
                draft.spec.worker.umask = mask
            } else {
                invalid(option, "expected octal digits")
            }
        case "environment": environment(option)
        case "autostart": boolean(option, \.worker.autostart)
        case "redirect_stderr": boolean(option, \.worker.redirectStderr)
        case "stopasgroup": boolean(option, \.worker.stopAsGroup)
        case "killasgroup": note(option, .unneeded, "KILL always goes to the whole process group")
        case "autorestart": autorestart(option)
        default: takeLess(option)
        }
    }

    private mutating func takeLess(_ option: SupervisorINI.Option) {
        switch option.name.text {
        case "startsecs":
            guard let seconds = seconds(option) else { return }
            draft.spec.worker.startSeconds = seconds
            note(
                option,
                .changed,
                "a worker is ready here when it listens, or when its probe is answered; ready = \"time\" is the old rule"
            )
        case "startretries":
            guard let retries = Int(option.value), (0...1_000_000).contains(retries) else {
                invalid(option, "expected an integer from 0 to 1000000")
                return
            }
            // The first start is no retry.
            draft.spec.worker.backoff.deathsMax = retries + 1
        case "exitcodes":
            let codes = option.value.split(separator: ",").map { Int32(trimmed($0)) }
            guard !codes.contains(where: { $0.map { !(0...255).contains($0) } ?? true }) else {
                invalid(option, "expected exit codes from 0 to 255")
                return
            }
            draft.spec.worker.exitCodes = codes.compactMap { $0 }
        case "stopsignal":
            let name = option.value.uppercased()
            let numbers = ["1": "HUP", "2": "INT", "3": "QUIT", "9": "KILL", "10": "USR1", "12": "USR2", "15": "TERM"]
            let signal = numbers[name] ?? (name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name)
            guard ProfileCodec<String>.signalNames.contains(signal) else {
                invalid(option, "\(quoted(option.value)) is no signal to stop with")
                return
            }
            draft.spec.worker.stopSignals = [signal]
        case "stopwaitsecs": if let seconds = seconds(option) { draft.spec.worker.stopTimeout = seconds }
        case "stdout_logfile_maxbytes", "stderr_logfile_maxbytes": logSize(option)
        case "stdout_logfile_backups", "stderr_logfile_backups": number(option, \.log.filesMax, 0...1000)
        case "stdout_logfile", "stderr_logfile":
            note(option, .changed, "Pool keeps the log itself: see `poolctl logs`")
        case "stdout_capture_maxbytes", "stderr_capture_maxbytes", "stdout_events_enabled", "stderr_events_enabled":
            note(option, .lost, "Pool has no events from output")
        case "stdout_syslog", "stderr_syslog":
            note(option, .lost, "Pool does not write to syslog")
        case "serverurl":
            note(option, .unneeded, "the control socket is found by POOL_RUNTIME_DIR")
        default:
            note(option, .lost, "no option of supervisord that is known here")
        }
    }

    // MARK: - Values

    private mutating func note(_ option: SupervisorINI.Option, _ kind: ImportNote.Kind, _ reason: String) {
        notes.append(option.name.note(kind, reason))
    }

    private mutating func invalid(_ option: SupervisorINI.Option, _ reason: String) { note(option, .invalid, reason) }

    private mutating func template(_ option: SupervisorINI.Option) -> String {
        let (text, troubles) = expansion.template(option.value)
        for trouble in troubles { note(option, .lost, trouble) }
        return text
    }

    private mutating func command(_ option: SupervisorINI.Option) -> [String] {
        guard let words = ShellWords.split(template(option)), !words.isEmpty else {
            invalid(option, "a quote is not closed, or there is no program")
            return []
        }
        return words
    }

    private mutating func number(
        _ option: SupervisorINI.Option,
        _ keyPath: WritableKeyPath<PoolSpec, Int>,
        _ range: ClosedRange<Int>
    ) {
        if let value = Int(option.value), range.contains(value) {
            draft.spec[keyPath: keyPath] = value
        } else {
            invalid(option, "expected an integer from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    private mutating func seconds(_ option: SupervisorINI.Option) -> Duration? {
        if let value = Int64(option.value), (0...1_000_000).contains(value) { return .seconds(value) }
        invalid(option, "expected a number of seconds")
        return nil
    }

    private mutating func boolean(_ option: SupervisorINI.Option, _ keyPath: WritableKeyPath<PoolSpec, Bool>) {
        switch option.value.lowercased() {
        case "true", "yes", "on", "1": draft.spec[keyPath: keyPath] = true
        case "false", "no", "off", "0": draft.spec[keyPath: keyPath] = false
        default: invalid(option, "expected true or false")
        }
    }

    private mutating func autorestart(_ option: SupervisorINI.Option) {
        switch option.value.lowercased() {
        case "true", "yes", "on", "1": draft.spec.worker.autorestart = .always
        case "false", "no", "off", "0": draft.spec.worker.autorestart = .never
        case "unexpected": draft.spec.worker.autorestart = .unexpected
        default: invalid(option, "expected true, false or unexpected")
        }
    }

    private mutating func logSize(_ option: SupervisorINI.Option) {
        if let size = Quantity.size(option.value), size > 0 {
            draft.spec.log.fileBytesMax = min(max(size, 4096), draft.spec.log.totalBytesMax)
        } else {
            note(option, .changed, "log files are always rotated; see [log] file_size_max")
        }
    }

    private mutating func environment(_ option: SupervisorINI.Option) {
        let read = SupervisorProgram.variables(option, expansion)
        notes += read.notes
        draft.spec.worker.environment.merge(read.variables) { $1 }
    }

    /// `KEY="value",OTHER=value`.
    static func variables(
        _ option: SupervisorINI.Option,
        _ expansion: SupervisorExpansion
    ) -> (variables: [String: String], notes: [ImportNote]) {
        let (text, troubles) = expansion.template(option.value)
        var notes = troubles.map { option.name.note(.lost, $0) }
        var variables: [String: String] = [:]
        for pair in pairs(text) {
            guard let equals = pair.firstIndex(of: "="),
                let words = ShellWords.split(String(pair[pair.index(after: equals)...]))
            else {
                notes.append(option.name.note(.invalid, "expected KEY=\"value\" with commas between"))
                continue
            }
            let name = trimmed(pair[..<equals])
            guard !name.isEmpty, name.utf8.allSatisfy({ isBareKeyByte($0) && $0 != UInt8(ascii: "-") }),
                !isDigit(name.utf8.first ?? 0)
            else {
                notes.append(option.name.note(.invalid, "\(quoted(name)) is no name of a variable"))
                continue
            }
            variables[name] = words.joined(separator: " ")
        }
        return (variables, notes)
    }

    /// The parts between commas and line ends that stand outside quotes.
    private static func pairs(_ text: String) -> [String] {
        var pairs: [String] = []
        var pair = ""
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "," || character == "\n" {
                pairs.append(pair)
                pair = ""
                continue
            }
            pair.append(character)
        }
        return (pairs + [pair]).filter { !trimmed($0).isEmpty }
    }

    // MARK: - What follows from several options

    /// A worker's name here is the pool's with its number: `example_%(process_num)s` makes the pool `example`.
    private mutating func nameWorkers(_ program: String) {
        guard let option = section["process_name"] else { return }
        let template = expansion.template(option.value).template
        if template.hasSuffix("_{n}"), !template.dropLast(4).contains("{") {
            let name = PoolNames.name(from: String(template.dropLast(4)))
            draft.spec.name = name
            if "\(name)_{n}" != template { note(option, .changed, "the workers are called \(name)_{n}") }
        } else if template != Template.escaped(program) || draft.spec.workers > 1 {
            note(option, .changed, "the workers are called \(draft.spec.name)_{n}")
        }
    }

    private mutating func findAddress() {
        guard !draft.spec.worker.command.isEmpty else {
            notes.append(section.name.note(.invalid, "the program has no command"))
            return
        }
        if let (listen, command) = ListenGuess.find(in: draft.spec.worker.command) {
            draft.spec.worker.listen = listen
            draft.spec.worker.command = command
        } else {
            let reason = "the command does not say where the program listens; write it into [worker] listen"
            notes.append((section["command"]?.name ?? section.name).note(.lost, reason))
        }
    }
}

/// A pool that is being put together from several files.
struct ImportDraft {
    var spec: PoolSpec
    /// The section or block that it comes from.
    var origin: ImportToken
}

/// Names of pools made from names of programs.
enum PoolNames {
    static func name(from text: String) -> String {
        var name = ""
        for scalar in text.lowercased().unicodeScalars {
            let isPlain = scalar.isASCII && isBareKeyByte(UInt8(scalar.value))
            name.unicodeScalars.append(isPlain ? scalar : "-")
        }
        name = String(name.drop { $0 == "-" || $0 == "_" }.prefix(32))
        return name.isEmpty ? "imported" : name
    }
}
