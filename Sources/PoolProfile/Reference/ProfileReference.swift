/// Every key that a profile can hold, in the order in which a profile is best written.
package enum ProfileReference {
    /// One table of a profile with its keys.
    package struct Section: Sendable {
        /// `worker.backoff`.
        package let table: String
        /// What the table is about, in a sentence or two.
        package let meaning: String
        package let fields: [ProfileField]

        init(_ table: String, _ meaning: String, _ fields: [ProfileField]) {
            self.table = table
            self.meaning = meaning
            self.fields = fields
        }
    }

    package static let sections: [Section] = [
        pool, worker, backoff, front, maintenance, timeouts, frontLimits, proxy, balance, ejection, health, log, scale,
        hooks,
    ]

    package static let fields: [ProfileField] = sections.flatMap(\.fields)

    private static let fieldsByPath = Dictionary(uniqueKeysWithValues: fields.map { ($0.path, $0) })

    /// The field of a path such as `worker.backoff.initial`.
    package static func field(_ path: String) -> ProfileField? { fieldsByPath[path] }

    /// Names that other tools give to what a key here does, for people who bring them along.
    static let foreignNames: [String: String] = [
        "numprocs": "pool.workers", "processes": "pool.workers", "instances": "pool.workers", "count": "pool.workers",
        "numprocs_start": "pool.first", "process_name": "pool.name", "program": "worker.command",
        "exec": "worker.command",
        "args": "worker.command", "argv": "worker.command", "cwd": "worker.directory", "chdir": "worker.directory",
        "working_directory": "worker.directory", "workdir": "worker.directory", "env": "worker.environment",
        "env_file": "worker.environment_files", "environment_file": "worker.environment_files", "bind": "worker.listen",
        "socket": "worker.listen", "address": "worker.listen", "restart": "worker.autorestart",
        "exitcodes": "worker.exit_codes", "startsecs": "worker.start_seconds",
        "startretries": "worker.backoff.deaths_max", "stopsignal": "worker.stop_signals",
        "stop_signal": "worker.stop_signals", "stopwaitsecs": "worker.stop_timeout",
        "graceful_timeout": "worker.drain_timeout", "stopasgroup": "worker.stop_as_group",
        "killasgroup": "worker.stop_as_group", "max_requests": "worker.requests_max", "memory_max": "worker.rss_max",
        "max_memory": "worker.rss_max", "max_age": "worker.age_max", "port": "front.listen",
        "proxy_read_timeout": "front.timeouts.between_bytes", "proxy_connect_timeout": "front.timeouts.connect",
        "client_header_timeout": "front.timeouts.request_head", "client_body_timeout": "front.timeouts.request_body",
        "keepalive_timeout": "front.timeouts.client_idle", "keepalive": "front.timeouts.client_idle",
        "body_max": "front.client_max_body_size", "max_body_size": "front.client_max_body_size",
        "set_real_ip_from": "front.trusted_proxies", "uri": "health.path", "url": "health.path",
        "maxconn": "balance.in_flight_max", "strategy": "balance.algorithm", "policy": "balance.algorithm",
        "stdout_logfile_maxbytes": "log.file_size_max", "stdout_logfile_backups": "log.files_max",
    ]
}
