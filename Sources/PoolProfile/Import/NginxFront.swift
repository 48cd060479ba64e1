import PoolModel

/// Takes the directives of `http`, `server` and `location` that say how requests pass through, the outermost first.
struct NginxFront {
    var front: FrontSpec
    private(set) var notes: [ImportNote] = []
    private var gzip: NginxGzip

    /// - Parameter front: what is known of it already.
    init(_ front: FrontSpec = FrontSpec()) {
        self.front = front
        gzip = NginxGzip(front.gzip)
    }

    mutating func take(_ directive: NginxConf.Directive) {
        let value = directive.argument(0)
        switch directive.name.text {
        case "client_max_body_size":
            guard let size = Quantity.size(value) else { return note(directive, .invalid, "expected a size") }
            front.bodyBytesMax = size
        case "proxy_set_header": requestHeader(directive)
        case "add_header": responseHeader(directive)
        case "proxy_hide_header", "more_clear_headers":
            for name in directive.arguments {
                set(HeaderRule(name: name.text, value: nil), \.responseHeaders, directive)
            }
        case "proxy_read_timeout":
            time(directive, \.firstByte)
            time(directive, \.betweenBytes)
        case "proxy_connect_timeout": time(directive, \.connect)
        case "keepalive_timeout": time(directive, \.clientIdle)
        case "client_header_timeout": time(directive, \.requestHead)
        case "client_body_timeout": time(directive, \.requestBody)
        case "send_timeout": time(directive, \.send)
        case "set_real_ip_from":
            guard ProfileCodec<String>.isAddressRange(value) else {
                return note(directive, .lost, "only addresses and ranges can be trusted")
            }
            if !front.trustedProxies.contains(value) { front.trustedProxies.append(value) }
        case "real_ip_header" where value.lowercased() != "x-forwarded-for":
            note(directive, .lost, "the client's address is taken from X-Forwarded-For or Forwarded")
        case "large_client_header_buffers": headerBuffers(directive)
        case "access_log": accessLog(directive)
        case _ where NginxGzip.isAbout(directive.name.text):
            notes += gzip.take(directive)
            front.gzip = gzip.result
        default: takeOther(directive)
        }
    }

    private mutating func takeOther(_ directive: NginxConf.Directive) {
        let name = directive.name.text
        switch (name, directive.argument(0)) {
        case ("proxy_redirect", "off"): note(directive, .unneeded, "Location headers pass unchanged")
        case ("proxy_buffering", "off"), ("proxy_request_buffering", "off"):
            note(directive, .unneeded, "bodies are streamed both ways")
        case ("proxy_buffering", _), ("proxy_request_buffering", _):
            note(directive, .changed, "bodies are streamed both ways, with back-pressure")
        case ("error_log", _): note(directive, .changed, "problems are in `poolctl events` and the daemon's own log")
        default:
            if let reason = NginxDirectives.unneeded[name] {
                note(directive, .unneeded, reason)
            } else {
                note(directive, .lost, NginxDirectives.lostReason(name))
            }
        }
    }

    private mutating func note(_ directive: NginxConf.Directive, _ kind: ImportNote.Kind, _ reason: String) {
        notes.append(directive.name.note(kind, reason))
    }

    private mutating func time(
        _ directive: NginxConf.Directive,
        _ keyPath: WritableKeyPath<ProxyTimeouts, Duration>
    ) {
        guard let duration = NginxTime.duration(directive.argument(0)), duration >= .milliseconds(1) else {
            return note(directive, .lost, "expected a time of more than nothing")
        }
        front.timeouts[keyPath: keyPath] = duration
    }

    private mutating func requestHeader(_ directive: NginxConf.Directive) {
        let (name, value) = (directive.argument(0), directive.argument(1))
        switch (name.lowercased(), value) {
        case ("host", "$http_host"), ("host", "$host"), ("host", "$host:$server_port"): front.preserveHost = true
        case ("host", "$proxy_host"): front.preserveHost = false
        case ("x-forwarded-for", "$proxy_add_x_forwarded_for"):
            note(directive, .changed, "Pool sets it; what a client sent is kept only from [front] trusted_proxies")
        case ("x-forwarded-for", _), ("x-real-ip", _), ("x-forwarded-proto", _), ("x-forwarded-host", _),
            ("forwarded", _),
            ("x-request-id", _), ("x-forwarded-port", _):
            note(directive, .unneeded, "Pool sets it")
        case ("connection", _), ("upgrade", _): note(directive, .unneeded, "WebSockets and keep-alive need no header")
        case (_, ""): set(HeaderRule(name: name, value: nil), \.requestHeaders, directive)
        case (_, _) where value.contains("$"):
            note(directive, .lost, "the values of headers are constant: \(value)")
        default: set(HeaderRule(name: name, value: value), \.requestHeaders, directive)
        }
    }

    private mutating func responseHeader(_ directive: NginxConf.Directive) {
        let (name, value) = (directive.argument(0), directive.argument(1))
        guard !value.contains("$") else {
            return note(directive, .lost, "the values of headers are constant: \(value)")
        }
        set(HeaderRule(name: name, value: value), \.responseHeaders, directive)
    }

    /// Sets a rule, in the place of one with the same name: a profile has one for each.
    private mutating func set(
        _ rule: HeaderRule,
        _ keyPath: WritableKeyPath<FrontSpec, [HeaderRule]>,
        _ directive: NginxConf.Directive
    ) {
        if let refusal = ProfileCodec<[HeaderRule]>.refusal(of: rule) { return note(directive, .lost, refusal) }
        let before = front[keyPath: keyPath].first { $0.name.lowercased() == rule.name.lowercased() }
        if let before, before != rule {
            note(directive, .lost, "one \(rule.name) only: this one is kept, not \(before.value ?? "its removal")")
        }
        front[keyPath: keyPath].removeAll { $0.name.lowercased() == rule.name.lowercased() }
        front[keyPath: keyPath].append(rule)
    }

    private mutating func headerBuffers(_ directive: NginxConf.Directive) {
        guard let count = Int(directive.argument(0)), (1...1024).contains(count),
            let size = Quantity.size(directive.argument(1)), (256...65_536).contains(size)
        else { return note(directive, .lost, "expected a number and a size") }
        front.limits.requestLineBytesMax = Int(size)
        front.limits.headBytesMax = min(max(count * Int(size), 1024), 1 << 20)
        front.limits.requestLineBytesMax = min(front.limits.requestLineBytesMax, front.limits.headBytesMax)
    }

    private mutating func accessLog(_ directive: NginxConf.Directive) {
        let path = directive.argument(0)
        guard path != "off" else {
            front.accessLog = nil
            return
        }
        guard path.hasPrefix("/") else {
            return note(directive, .lost, "an access log is a file with an absolute path")
        }
        let format = directive.argument(1)
        let isKnown = ProfileCodec<AccessLogSpec>.formatNames.contains(format)
        if directive.arguments.count > 2 { note(directive, .changed, "every request is written, at once") }
        if !format.isEmpty, !isKnown {
            note(
                directive,
                .changed,
                "the format \(format) became combined; patterns here have the % specifiers of aiohttp"
            )
        }
        let log = AccessLogSpec(format: isKnown ? format : "combined", path: Template.escaped(path))
        if let before = front.accessLog, let path = before.path, before != log {
            note(directive, .lost, "one access log only: this one is kept, not \(path)")
        }
        front.accessLog = log
    }
}

/// What is known of directives that have no line in a profile.
enum NginxDirectives {
    static let unneeded: [String: String] = {
        var table: [String: String] = [:]
        let own = "the proxy sizes itself"
        let always = "the proxy always does this"
        for name in [
            "worker_processes", "worker_connections", "events", "worker_rlimit_nofile", "worker_cpu_affinity",
            "multi_accept",
            "use", "accept_mutex", "types_hash_max_size", "server_names_hash_bucket_size", "client_header_buffer_size",
            "client_body_buffer_size", "proxy_buffers", "proxy_buffer_size", "proxy_busy_buffers_size",
            "variables_hash_max_size", "variables_hash_bucket_size", "types_hash_bucket_size",
            "server_names_hash_max_size", "map_hash_max_size", "map_hash_bucket_size", "proxy_headers_hash_max_size",
            "proxy_headers_hash_bucket_size", "worker_shutdown_timeout", "worker_priority", "connection_pool_size",
            "request_pool_size", "keepalive_requests", "client_body_temp_path", "proxy_temp_path",
            "proxy_max_temp_file_size", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path", "thread_pool", "aio",
        ] { table[name] = own }
        for name in [
            "sendfile", "tcp_nopush", "tcp_nodelay", "proxy_http_version", "proxy_socket_keepalive",
            "real_ip_recursive",
            "proxy_pass_request_headers", "proxy_pass_request_body", "real_ip_header", "proxy_ignore_client_abort",
        ] { table[name] = always }
        for name in ["user", "pid", "daemon", "master_process", "lock_file", "load_module"] {
            table[name] = "it is about nginx's own processes"
        }
        for name in ["types", "default_type", "index", "charset"] {
            table[name] = "answers come from the workers, with their types"
        }
        for name in ["proxy_next_upstream", "proxy_next_upstream_tries", "proxy_next_upstream_timeout"] {
            table[name] = "a request that reached no worker, or that may be repeated, is sent again by itself"
        }
        for name in ["log_not_found", "log_subrequest", "port_in_redirect", "server_name_in_redirect"] {
            table[name] = "nothing of the kind is done"
        }
        table["reset_timedout_connection"] = own
        table["server_tokens"] = "the proxy does not name its version"
        return table
    }()

    static func lostReason(_ name: String) -> String {
        let table: [(prefixes: [String], reason: String)] = [
            (
                ["ssl", "proxy_ssl", "http2", "http3"],
                "TLS is spoken with clients, by a server with listen … ssl; workers are on this host"
            ),
            (
                ["root", "alias", "try_files", "autoindex", "expires", "open_file_cache"],
                "files are for [[front.static]]: a prefix of paths and a directory"
            ),
            (
                ["return", "rewrite", "if", "set", "map", "error_page", "internal"],
                "a profile has no rules on requests"
            ),
            (
                ["gunzip", "brotli", "proxy_cache", "proxy_store"],
                "answers are compressed by gzip only, and not cached"
            ),
            (["stream", "mail"], "only http is proxied"),
            (["resolver", "proxy_bind"], "workers are on this host"),
            (["limit_", "allow", "deny", "auth_", "satisfy"], "requests are not limited or authorized by the proxy"),
            (["log_format"], "access log formats are named, or patterns of % specifiers"),
            (["uwsgi_", "fastcgi_", "scgi_", "grpc_", "memcached_"], "workers speak HTTP"),
        ]
        return table.first { $0.prefixes.contains(where: name.hasPrefix) }?.reason ?? "no counterpart in a profile"
    }
}
