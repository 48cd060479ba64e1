import PoolModel
internal import PoolTOML

/// A pool as `[program:x]` of supervisord.
enum SupervisorExport {
    private static let dialect = InstanceDialect(
        number: { $0 == 0 ? "%(process_num)s" : "%(process_num)0\($0)d" },
        escape: { $0.replacing("%", with: "%%") }
    )

    private static let carried: Set<String> = [
        "pool.name", "pool.workers", "pool.first", "pool.priority", "worker.command", "worker.directory",
        "worker.environment", "worker.listen", "worker.user", "worker.umask", "worker.redirect_stderr",
        "worker.autostart", "worker.autorestart", "worker.exit_codes", "worker.start_seconds", "worker.stop_timeout",
        "worker.stop_as_group", "worker.backoff.deaths_max", "log.file_size_max", "log.files_max",
    ]

    static func convert(_ profile: Profile, runtimeDirectory: String) -> ProfileExport {
        let spec = profile.spec
        var ledger = ExportLedger(
            profile,
            carried: carried,
            elsewhere: ["front.": "see export nginx", "balance.": "see export nginx", "health.": "nobody probes there"]
        )
        let texts = InstanceTexts.all(profile, runtimeDirectory: runtimeDirectory, dialect)
        var lines = ["; The pool \(spec.name), for supervisord."]
        if spec.worker.listen.contains("{run}") {
            let directory = "\(runtimeDirectory)/\(spec.name)"
            lines.append("; \(directory) must be there, and writable by the program's user.")
            ledger.note("worker.listen", .changed, "\(directory) must be made by somebody else")
        }
        for text in texts {
            let name = text.number.map { "\(spec.name)_\($0)" } ?? spec.name
            lines += ["", "[program:\(name)]"]
            lines += program(spec, text, &ledger)
        }
        if texts.count > 1 {
            let programs = texts.compactMap { $0.number.map { "\(spec.name)_\($0)" } }
            lines += ["", "[group:\(spec.name)]", "programs=\(programs.joined(separator: ","))"]
        }
        if spec.worker.stopSignals.count > 1 {
            ledger.note("worker.stop_signals", .changed, "only \(spec.worker.stopSignals[0]) is sent before KILL")
        }
        let notes = ledger.finish(lost: [
            "worker.ready": "supervisord takes a program for running that stays alive for startsecs",
            "worker.drain_timeout": "nobody drains: nginx meets a worker that is gone",
            "worker.limits": "supervisord has minfds and minprocs for itself alone",
            "worker.nice": "start the program by nice(1)",
        ])
        return ProfileExport(
            files: [ProfileExport.File(name: "\(spec.name).conf", text: lines.joined(separator: "\n") + "\n")],
            notes: notes
        )
    }

    private static func program(_ spec: PoolSpec, _ text: InstanceTexts, _ ledger: inout ExportLedger) -> [String] {
        let worker = spec.worker
        var lines = ["command=\(text.command.map(ShellWords.quoted).joined(separator: " "))"]
        if text.number == nil {
            lines += [
                "process_name=\(spec.name)_%(process_num)s", "numprocs=\(spec.workers)", "numprocs_start=\(spec.first)",
            ]
        }
        lines.append("directory=\(text.directory)")
        if !text.environment.isEmpty {
            let pairs = text.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(quotedValue($0.value))" }
            lines.append("environment=\(pairs.joined(separator: ","))")
        }
        if let user = worker.user { lines.append("user=\(user)") }
        if let umask = worker.umask { lines.append("umask=\(String(umask, radix: 8))") }
        lines += [
            "priority=\(spec.priority)", "autostart=\(worker.autostart)", "autorestart=\(autorestart(worker))",
            "exitcodes=\(worker.exitCodes.map(String.init).joined(separator: ","))",
            "startsecs=\(seconds(worker.startSeconds))", "startretries=\(max(0, worker.backoff.deathsMax - 1))",
            "stopsignal=\(worker.stopSignals.first ?? "TERM")", "stopwaitsecs=\(seconds(worker.stopTimeout))",
            "stopasgroup=\(worker.stopAsGroup)", "killasgroup=true", "redirect_stderr=\(worker.redirectStderr)",
        ]
        for stream in worker.redirectStderr ? ["stdout"] : ["stdout", "stderr"] {
            lines += [
                "\(stream)_logfile_maxbytes=\(spec.log.fileBytesMax)", "\(stream)_logfile_backups=\(spec.log.filesMax)",
            ]
        }
        // supervisord cuts a value at " ;", quoted or not.
        if lines.contains(where: { $0.contains(" ;") }) {
            ledger.note("worker.command", .lost, "supervisord takes what is behind \" ;\" for a comment")
        }
        return lines
    }

    private static func autorestart(_ worker: WorkerSpec) -> String {
        switch worker.autorestart {
        case .always: "true"
        case .never: "false"
        case .unexpected: "unexpected"
        }
    }

    /// Whole seconds, at least as long.
    static func seconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds + (attoseconds > 0 ? 1 : 0)
    }

    private static func quotedValue(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}

extension ShellWords {
    /// The word as a shell would want it.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                isBareKeyByte(byte) || "./:=,@%+()".utf8.contains(byte)
            }
        return isPlain ? word : "'\(word.replacing("'", with: "'\"'\"'"))'"
    }
}
