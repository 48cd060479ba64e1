import PoolModel
internal import PoolTOML

/// A pool as a template unit of systemd, one instance for each worker.
enum SystemdExport {
    private static let dialect = InstanceDialect(
        number: { $0 == 0 ? "%i" : nil },
        escape: { $0.replacing("%", with: "%%") }
    )

    private static let carried: Set<String> = [
        "pool.name", "pool.workers", "pool.first", "worker.command", "worker.directory", "worker.environment",
        "worker.environment_files", "worker.listen", "worker.user", "worker.group", "worker.groups", "worker.umask",
        "worker.nice", "worker.limits", "worker.redirect_stderr", "worker.autorestart", "worker.exit_codes",
        "worker.start_timeout", "worker.stop_timeout", "worker.stop_as_group", "worker.watchdog",
        "worker.backoff.initial", "worker.backoff.deaths_max", "worker.backoff.window",
    ]

    static func convert(_ profile: Profile, runtimeDirectory: String) -> ProfileExport {
        let spec = profile.spec
        var ledger = ExportLedger(
            profile,
            carried: carried,
            elsewhere: [
                "front.": "see export nginx", "balance.": "see export nginx", "health.": "nobody probes there",
                "log.": "journald keeps the output",
            ]
        )
        let texts = InstanceTexts.all(profile, runtimeDirectory: runtimeDirectory, dialect)
        var files: [ProfileExport.File] = []
        for text in texts {
            let name = text.number.map { "\(spec.name)_\($0).service" } ?? "\(spec.name)@.service"
            let lines = unit(spec, text, runtimeDirectory: runtimeDirectory)
            files.append(ProfileExport.File(name: name, text: lines.joined(separator: "\n") + "\n"))
        }
        if spec.worker.stopSignals.count > 1 {
            ledger.note("worker.stop_signals", .changed, "only \(spec.worker.stopSignals[0]) is sent before KILL")
        }
        if spec.worker.ready == .probe || spec.worker.ready == .listen {
            ledger.note("worker.ready", .changed, "a unit is active as soon as its program runs, unless it notifies")
        }
        if !spec.worker.autostart { ledger.note("worker.autostart", .changed, "do not enable the units") }
        let notes = ledger.finish(lost: [
            "worker.drain_timeout": "nobody drains: nginx meets a worker that is gone",
            "worker.rss_max": "MemoryMax= would kill, not drain",
            "worker.age_max": "RuntimeMaxSec= would stop, not drain",
            "worker.listen_fds": "write a socket unit beside the service",
        ])
        return ProfileExport(files: files, notes: notes)
    }

    private static func unit(_ spec: PoolSpec, _ text: InstanceTexts, runtimeDirectory: String) -> [String] {
        let worker = spec.worker
        let instances = spec.workerIDs.map { id in text.number == nil ? "\(spec.name)@\(id.number)" : "\(id)" }
        var lines = [
            "# The pool \(spec.name): systemctl enable --now \(instances.joined(separator: " "))",
            "[Unit]", "Description=\(spec.name) worker \(text.number.map(String.init) ?? "%i")",
            "After=network.target", "StartLimitBurst=\(worker.backoff.deathsMax)",
            "StartLimitIntervalSec=\(time(worker.backoff.window))", "", "[Service]",
            "Type=\(worker.ready == .notify ? "notify" : "exec")",
            "ExecStart=\(text.command.map(word).joined(separator: " "))",
            "WorkingDirectory=\(text.directory)",
        ]
        lines += text.environment.sorted { $0.key < $1.key }.map {
            "Environment=\(quotedWord("\($0.key)=\($0.value)"))"
        }
        lines += text.environmentFiles.map { "EnvironmentFile=\($0)" }
        if worker.listen.contains("{run}"), runtimeDirectory.hasPrefix("/run/") {
            // Shared by the instances: it must outlive each of them.
            lines += ["RuntimeDirectory=\(runtimeDirectory.dropFirst(5))/\(spec.name)", "RuntimeDirectoryPreserve=yes"]
        }
        if let user = worker.user { lines.append("User=\(user)") }
        if let group = worker.group { lines.append("Group=\(group)") }
        if let groups = worker.groups { lines.append("SupplementaryGroups=\(groups.joined(separator: " "))") }
        if let umask = worker.umask { lines.append("UMask=0\(String(umask, radix: 8))") }
        if let nice = worker.nice { lines.append("Nice=\(nice)") }
        lines += worker.limits.sorted { $0.key < $1.key }.map { name, limit in
            "Limit\(name.uppercased())=\(limit == .max ? "infinity" : String(limit))"
        }
        lines += restart(worker)
        lines += [
            "TimeoutStartSec=\(time(worker.startTimeout))", "TimeoutStopSec=\(time(worker.stopTimeout))",
            "KillSignal=SIG\(worker.stopSignals.first ?? "TERM")",
            "KillMode=\(worker.stopAsGroup ? "control-group" : "mixed")",
        ]
        if let watchdog = worker.watchdog { lines.append("WatchdogSec=\(time(watchdog))") }
        return lines + ["", "[Install]", "WantedBy=multi-user.target"]
    }

    private static func restart(_ worker: WorkerSpec) -> [String] {
        var lines = ["RestartSec=\(time(worker.backoff.initial))"]
        switch worker.autorestart {
        case .always: lines.append("Restart=always")
        case .never: lines.append("Restart=no")
        case .unexpected:
            lines.append("Restart=on-failure")
            let others = worker.exitCodes.filter { $0 != 0 }
            if !others.isEmpty {
                lines.append("SuccessExitStatus=\(others.map(String.init).joined(separator: " "))")
            }
        }
        return lines
    }

    private static func time(_ duration: Duration) -> String { "\(duration.nanoseconds / 1_000_000)ms" }

    /// A word of ExecStart: `$` would be a variable there.
    private static func word(_ text: String) -> String { quotedWord(text.replacing("$", with: "$$")) }

    private static func quotedWord(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { isBareKeyByte($0) || "./:=,@%+$".utf8.contains($0) }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return isPlain ? text : "\"\(escaped)\""
    }
}
