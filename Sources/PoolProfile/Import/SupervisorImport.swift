import PoolModel

/// Turns the programs of supervisord's configuration into pools.
struct SupervisorImport {
    private(set) var drafts: [ImportDraft] = []
    private(set) var notes: [ImportNote] = []

    init(_ sources: [ImportSource], environment: ImportEnvironment, include: ImportInclude) {
        var sections: [SupervisorINI.Section] = []
        var filesLeft = ImportLimits.filesMax
        for source in sources {
            sections += read(source, environment, include: include, filesLeft: &filesLeft)
        }
        let groups = SupervisorImport.groups(sections)
        for section in sections { take(section, groups: groups, environment: environment) }
        for section in sections where section.name.text.hasPrefix("group:") {
            for option in section.options where option.name.text != "programs" {
                notes.append(option.name.note(.lost, "each program is a pool; it has its own priority"))
            }
        }
        // Included files may have such a section, too; supervisord takes what is read last.
        for section in sections.reversed() where section.name.text == "supervisord" { apply(section, environment) }
        notes.sort { ($0.file, $0.line, $0.column) < ($1.file, $1.line, $1.column) }
    }

    /// The sections of a file and, as in supervisord one level deep, of the files that it includes.
    private mutating func read(
        _ source: ImportSource,
        _ environment: ImportEnvironment,
        include: ImportInclude,
        filesLeft: inout Int
    ) -> [SupervisorINI.Section] {
        if let refusal = source.refusal {
            notes.append(refusal)
            return []
        }
        let ini = SupervisorINI(source)
        notes += ini.notes
        let here = environment.absolute(source.directory)
        var sections = ini.sections
        for section in ini.sections where section.name.text == "include" {
            guard let option = section["files"] else { continue }
            let (patterns, troubles) = SupervisorImport.expansion(here, environment).text(option.value)
            notes += troubles.map { option.name.note(.lost, $0) }
            for pattern in patterns.split(whereSeparator: \.isWhitespace) {
                let found = include(String(pattern), source.file)
                let files = found.prefix(max(0, filesLeft))
                filesLeft -= max(1, files.count)
                if found.isEmpty { notes.append(option.name.note(.lost, "\(pattern) was not found or not read")) }
                if files.count < found.count {
                    let reason = "\(found.count - files.count) files were not read: more than \(ImportLimits.filesMax)"
                    notes.append(option.name.note(.invalid, reason))
                }
                for file in files {
                    if let refusal = file.refusal {
                        notes.append(refusal)
                        continue
                    }
                    let inner = SupervisorINI(file)
                    notes += inner.notes
                    sections += inner.sections
                    for section in inner.sections where section.name.text == "include" {
                        notes.append(
                            section.name.note(.lost, "supervisord does not follow the includes of an included file")
                        )
                    }
                }
            }
        }
        for index in sections.indices { sections[index].here = here }
        return sections
    }

    /// Of an option that belongs to no program.
    private static func expansion(_ here: String, _ environment: ImportEnvironment) -> SupervisorExpansion {
        SupervisorExpansion(
            program: "supervisord",
            group: "supervisord",
            processes: 1,
            here: here,
            environment: environment
        )
    }

    /// Which group a program belongs to.
    private static func groups(_ sections: [SupervisorINI.Section]) -> [String: String] {
        var groups: [String: String] = [:]
        for section in sections where section.name.text.hasPrefix("group:") {
            for program in section["programs"]?.value.split(separator: ",") ?? [] {
                groups[trimmed(program)] = trimmed(section.name.text.dropFirst(6))
            }
        }
        return groups
    }

    private mutating func take(
        _ section: SupervisorINI.Section,
        groups: [String: String],
        environment: ImportEnvironment
    ) {
        let name = section.name.text
        if name.hasPrefix("program:") {
            let group = groups[trimmed(name.dropFirst("program:".count))]
            let program = SupervisorProgram(section, group: group, environment: environment)
            notes += program.notes
            if !program.draft.spec.worker.command.isEmpty { drafts.append(program.draft) }
        } else if name.hasPrefix("group:") {
            notes.append(section.name.note(.changed, "each program is a pool; selectors such as `all` name several"))
        } else if name.hasPrefix("eventlistener:") {
            notes.append(section.name.note(.lost, "`poolctl events -f` and the control socket tell of every event"))
        } else if name.hasPrefix("fcgi-program:") {
            notes.append(section.name.note(.lost, "workers speak HTTP, not FastCGI"))
        } else if ["unix_http_server", "inet_http_server", "supervisorctl"].contains(name)
            || name.hasPrefix("rpcinterface:")
        {
            notes.append(section.name.note(.unneeded, "Pool has a control socket of its own"))
        } else if name != "supervisord", name != "include" {
            notes.append(section.name.note(.lost, "no section of supervisord that is known here"))
        }
    }

    /// What the daemon's own section says of all programs.
    private mutating func apply(_ section: SupervisorINI.Section, _ environment: ImportEnvironment) {
        for option in section.options {
            switch option.name.text {
            case "minfds", "minprocs":
                guard let value = UInt64(option.value), value > 0, value <= UInt64(Int64.max) else {
                    notes.append(option.name.note(.invalid, "expected a number"))
                    continue
                }
                let limit = option.name.text == "minfds" ? "nofile" : "nproc"
                for index in drafts.indices where drafts[index].spec.worker.limits[limit] == nil {
                    drafts[index].spec.worker.limits[limit] = value
                }
            case "umask":
                guard let mask = UInt16(option.value, radix: 8), mask <= 0o777 else {
                    notes.append(option.name.note(.invalid, "expected octal digits"))
                    continue
                }
                for index in drafts.indices where drafts[index].spec.worker.umask == nil {
                    drafts[index].spec.worker.umask = mask
                }
            case "environment":
                let expansion = SupervisorImport.expansion(section.here, environment)
                let read = SupervisorProgram.variables(option, expansion)
                notes += read.notes
                // A program's own variables win.
                for index in drafts.indices {
                    drafts[index].spec.worker.environment.merge(read.variables) { own, _ in own }
                }
            case "user":
                let (user, troubles) = SupervisorImport.expansion(section.here, environment).text(option.value)
                notes += troubles.map { option.name.note(.lost, $0) }
                for index in drafts.indices where drafts[index].spec.worker.user == nil {
                    drafts[index].spec.worker.user = user
                }
            case "directory":
                let expansion = SupervisorImport.expansion(section.here, environment)
                let (directory, troubles) = expansion.template(option.value)
                notes += troubles.map { option.name.note(.lost, $0) }
                for index in drafts.indices where drafts[index].spec.worker.directory == nil {
                    drafts[index].spec.worker.directory = directory
                }
            default: notes.append(option.name.note(.unneeded, "it is about supervisord itself"))
            }
        }
    }
}
