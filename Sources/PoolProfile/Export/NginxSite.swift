package import PoolModel
internal import PoolTOML

/// A pool's front in nginx's words: an upstream of its workers, and the servers that pass requests to it.
package struct NginxSite: Sendable {
    /// A worker in the upstream.
    package struct Server: Hashable, Sendable {
        package var address: Address
        package var weight: Int
        /// It stays in the upstream, so that consistent hashing moves nobody, and gets no request.
        package var isDown: Bool

        package init(_ address: Address, weight: Int = 1, isDown: Bool = false) {
            self.address = address
            self.weight = weight
            self.isDown = isDown
        }
    }

    package var name: String
    package var front: FrontSpec
    package var balance: BalanceSpec
    package var servers: [Server]
    /// Another log that each request goes into: that of whoever watches this nginx.
    package var observer: String?
    /// Whether clients that speak TLS may choose HTTP/2, where the front lets them.
    package var offersHTTP2 = false

    package init(name: String, front: FrontSpec, balance: BalanceSpec, servers: [Server]) {
        self.name = name
        self.front = front
        self.balance = balance
        self.servers = servers
    }

    /// What goes once into `http`, whatever the number of sites.
    package static let shared =
        [
            "map $http_upgrade $pool_connection { default upgrade; '' close; }",
            "log_format pool_aiohttp '$remote_addr [$time_local] \"$request\" $status $body_bytes_sent '",
            "                        '\"$http_referer\" \"$http_user_agent\"';",
            "log_format pool_common '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent';",
            // nginx by itself knows three types; its mime.types is not at one place everywhere.
            "default_type application/octet-stream;",
            "types {",
        ] + types.map { "    \($0);" } + ["}"]

    private static let types = [
        "text/html html htm", "text/css css", "text/plain txt", "text/csv csv", "text/xml xml", "text/markdown md",
        "text/javascript js mjs", "application/json json map", "application/manifest+json webmanifest",
        "application/pdf pdf", "application/wasm wasm", "application/zip zip", "application/gzip gz",
        "image/png png", "image/jpeg jpg jpeg", "image/gif gif", "image/svg+xml svg svgz", "image/webp webp",
        "image/avif avif", "image/x-icon ico", "font/woff woff", "font/woff2 woff2", "font/ttf ttf", "font/otf otf",
        "audio/mpeg mp3", "video/mp4 mp4", "video/webm webm",
    ]

    // MARK: - The upstream

    package var upstream: [String] {
        // Shared by nginx's processes: they take turns together.
        var lines = ["upstream \(name) {", "    zone \(name) 256k;"]
        switch balance.algorithm {
        case .roundRobin: break
        case .leastInFlight: lines.append("    least_conn;")
        case .twoChoices: lines.append("    random two least_conn;")
        case .consistentHash, .stickyCookie: lines.append("    hash \(hashKey) consistent;")
        }
        let failures = balance.ejection.consecutiveFailures
        // max_fails=0 is what the deployment page means by fail_timeout=0: that one takes a server out for a second.
        let fails =
            failures == 0
            ? "max_fails=0" : "max_fails=\(failures) fail_timeout=\(NginxSite.time(balance.ejection.duration))"
        for server in servers {
            var words = ["    server \(NginxSite.word(server.address.description)) \(fails)"]
            if server.weight != 1 { words.append("weight=\(max(1, server.weight))") }
            if let limit = balance.inFlightMax { words.append("max_conns=\(limit)") }
            if server.isDown || server.weight == 0 { words.append("down") }
            lines.append(words.joined(separator: " ") + ";")
        }
        return lines + ["}"]
    }

    /// A sticky cookie is nginx's own only in its commercial edition: the cookie's value is hashed instead.
    private var hashKey: String {
        let key = balance.key ?? "address"
        if balance.algorithm == .stickyCookie { return "$cookie_\(key)" }
        if key.hasPrefix("header:") {
            return "$http_" + key.dropFirst(7).lowercased().replacing("-", with: "_")
        }
        return key.hasPrefix("cookie:") ? "$cookie_\(key.dropFirst(7))" : "$remote_addr"
    }

    // MARK: - Servers

    /// The `server` blocks, one for each kind of listener.
    package var blocks: [String] {
        var lines: [String] = []
        let plain = front.listeners.filter { $0.tls == nil && $0.redirect == nil }
        if !plain.isEmpty { lines += server(plain.map { listen($0) }, tls: nil) }
        var done: [TLSSpec] = []
        for tls in front.listeners.compactMap(\.tls) where !done.contains(tls) {
            done.append(tls)
            lines += server(front.listeners.filter { $0.tls == tls }.map { listen($0) }, tls: tls)
        }
        for listener in front.listeners {
            guard let redirect = listener.redirect else { continue }
            lines += self.redirect(listener, redirect)
        }
        return lines
    }

    private func listen(_ listener: FrontListener) -> String {
        var words = ["listen", NginxSite.word(listener.address.description)]
        if listener.tls != nil { words.append("ssl") }
        // nginx before 1.25.1 knows only this form; later ones prefer `http2 on`, and take it with a warning.
        if listener.tls != nil, offersHTTP2, front.http2 { words.append("http2") }
        if front.isDefaultServer { words.append("default_server") }
        if front.acceptProxyProtocol { words.append("proxy_protocol") }
        return words.joined(separator: " ") + ";"
    }

    private func server(_ listens: [String], tls: TLSSpec?) -> [String] {
        var lines = ["server {"] + listens.map { "    " + $0 }
        if let tls, let files = tls.certificates.first {
            lines += [
                "    ssl_certificate \(NginxSite.quoted(files.certificate));",
                "    ssl_certificate_key \(NginxSite.quoted(files.key));",
                "    ssl_protocols \(tls.versionMin == .v13 ? "TLSv1.3" : "TLSv1.2 TLSv1.3");",
            ]
            if let staple = files.staple {
                lines.append("    ssl_stapling on; ssl_stapling_file \(NginxSite.quoted(staple));")
            }
            if let clients = tls.clients {
                lines += [
                    "    ssl_client_certificate \(NginxSite.quoted(clients.authorities));",
                    "    ssl_verify_client \(clients.mode == .required ? "on" : "optional");",
                ]
            }
        }
        lines += (names + settings).map { "    " + $0 }
        lines += errorPages.map { "    " + $0 }
        for files in front.statics { lines += self.files(files, isTLS: tls != nil).map { "    " + $0 } }
        lines += ["    location / {"] + pass.map { "        " + $0 }
        lines += answerHeaders(isTLS: tls != nil).map { "        " + $0 }
        return lines + ["    }", "}"]
    }

    private func redirect(_ listener: FrontListener, _ redirect: HTTPSRedirect) -> [String] {
        var lines = ["server {", "    " + listen(listener)] + names.map { "    " + $0 }
        if let root = redirect.acmeRoot {
            lines.append("    location \(HTTPSRedirect.acmePrefix) { root \(NginxSite.quoted(root)); }")
        }
        let port = redirect.port == 443 ? "" : ":\(redirect.port)"
        return lines + ["    location / { return 301 https://$host\(port)$request_uri; }", "}"]
    }

    private var names: [String] {
        front.serverNames.isEmpty
            ? [] : ["server_name \(front.serverNames.map(NginxSite.word).joined(separator: " "));"]
    }

    /// Pages for nginx's own errors: those of the workers pass unchanged.
    private var errorPages: [String] {
        front.errorPages.enumerated().flatMap { index, page in
            let path = "/pool-error-\(index)\(NginxSite.suffix(of: page.file))"
            return [
                "error_page \(page.statuses.map(String.init).joined(separator: " ")) \(path);",
                "location = \(path) { internal; alias \(NginxSite.quoted(page.file)); }",
            ]
        }
    }

    /// `.html`: the page's type goes by it.
    private static func suffix(of file: String) -> String {
        let name = file.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), name[dot...].dropFirst().utf8.allSatisfy(isBareKeyByte) else {
            return ""
        }
        return String(name[dot...])
    }

    /// What holds for a whole server.
    private var settings: [String] {
        let limits = front.limits
        let line = limits.requestLineBytesMax
        var lines = [
            "client_max_body_size \(front.bodyBytesMax);",
            "client_header_timeout \(NginxSite.time(front.timeouts.requestHead));",
            "client_body_timeout \(NginxSite.time(front.timeouts.requestBody));",
            "keepalive_timeout \(NginxSite.time(front.timeouts.clientIdle));",
            "send_timeout \(NginxSite.time(front.timeouts.send));",
            "large_client_header_buffers \(max(1, limits.headBytesMax / max(1, line))) \(line);",
        ]
        if !front.trustedProxies.isEmpty {
            lines += front.trustedProxies.map { "set_real_ip_from \($0);" }
            let header = front.acceptProxyProtocol ? "proxy_protocol" : "X-Forwarded-For"
            lines += ["real_ip_header \(header);", "real_ip_recursive on;"]
        }
        if let gzip = front.gzip {
            // text/html is always one of them in nginx.
            let types = gzip.types.filter { $0 != "text/html" && !$0.hasSuffix("/*") }
            lines += ["gzip on;", "gzip_vary on;", "gzip_proxied any;", "gzip_comp_level \(gzip.level);"]
            lines.append("gzip_min_length \(gzip.bytesMin);")
            if !types.isEmpty { lines.append("gzip_types \(types.joined(separator: " "));") }
        }
        if let observer { lines.append("access_log \(observer);") }
        if let log = front.accessLog, let path = log.path {
            lines.append("access_log \(NginxSite.quoted(path)) \(format(log));")
        }
        return lines
    }

    private func format(_ log: AccessLogSpec) -> String {
        switch log.format {
        case "aiohttp": "pool_aiohttp"
        case "common": "pool_common"
        // gunicorn's own default has the fields of combined.
        default: "combined"
        }
    }

    private func files(_ spec: StaticSpec, isTLS: Bool) -> [String] {
        let root = spec.root.hasSuffix("/") ? spec.root : spec.root + "/"
        var lines = ["location ^~ \(NginxSite.quoted(spec.prefix)) {", "    alias \(NginxSite.quoted(root));"]
        if let index = spec.index { lines.append("    index \(NginxSite.quoted(index));") }
        if let age = spec.maxAge {
            lines.append("    add_header Cache-Control \"max-age=\(age.nanoseconds / 1_000_000_000)\";")
        }
        if spec.precompressed { lines.append("    gzip_static on;") }
        if !spec.followsLinks { lines.append("    disable_symlinks on from=\(NginxSite.quoted(root));") }
        lines += answerHeaders(isTLS: isTLS).map { "    " + $0 }
        return lines + ["}"]
    }

    /// Requests as the built-in proxy passes them on: streamed, with the headers that name the client.
    private var pass: [String] {
        let times = front.timeouts
        let isBehind = !front.trustedProxies.isEmpty
        var lines = [
            "proxy_pass http://\(name);", "proxy_http_version 1.1;", "proxy_redirect off;", "proxy_buffering off;",
            "proxy_request_buffering off;",
            "proxy_set_header Host \(front.preserveHost ? "$http_host" : "$proxy_host");",
            "proxy_set_header Upgrade $http_upgrade;", "proxy_set_header Connection $pool_connection;",
            // Headers of clients that nobody vouches for are replaced.
            "proxy_set_header X-Forwarded-For \(isBehind ? "$proxy_add_x_forwarded_for" : "$remote_addr");",
            "proxy_set_header X-Real-IP $remote_addr;", "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_set_header X-Forwarded-Host $http_host;", "proxy_set_header X-Request-ID $request_id;",
            "proxy_set_header Forwarded \"\";",
            "proxy_connect_timeout \(NginxSite.time(times.connect));",
            "proxy_read_timeout \(NginxSite.time(max(times.firstByte, times.betweenBytes)));",
            "proxy_send_timeout \(NginxSite.time(times.requestBody));",
        ]
        if front.listeners.contains(where: { $0.tls?.clients != nil }) {
            // nginx has other words for the other fields; what a client claims of itself is never passed on.
            lines += ClientCertificates.Field.allCases.map { field in
                "proxy_set_header \(field.rawValue) \(field == .subject ? "$ssl_client_s_dn" : "\"\"");"
            }
        }
        for rule in front.requestHeaders where NginxSite.isConstant(rule) {
            lines.append("proxy_set_header \(rule.name) \(NginxSite.quoted(rule.value ?? ""));")
        }
        return lines
    }

    /// nginx takes `add_header` from outside only where a location has none of its own: each says them all.
    private func answerHeaders(isTLS: Bool) -> [String] {
        var lines: [String] = []
        for rule in front.responseHeaders where NginxSite.isConstant(rule) {
            if let value = rule.value {
                lines += [
                    "proxy_hide_header \(rule.name);", "add_header \(rule.name) \(NginxSite.quoted(value)) always;",
                ]
            } else {
                lines.append("proxy_hide_header \(rule.name);")
            }
        }
        if isTLS, let age = front.strictTransport {
            let seconds = age.nanoseconds / 1_000_000_000
            lines.append("add_header Strict-Transport-Security \"max-age=\(seconds)\" always;")
        }
        return lines
    }

    // MARK: - Words

    /// nginx knows no way to write a `$` that is not a variable's.
    static func isConstant(_ rule: HeaderRule) -> Bool { rule.value?.contains("$") != true }

    static func time(_ duration: Duration) -> String {
        let milliseconds = max(1, duration.nanoseconds / 1_000_000)
        return milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// Quoted only where it must be.
    package static func word(_ text: String) -> String {
        text.utf8.allSatisfy { isBareKeyByte($0) || "./:[]*".utf8.contains($0) } ? text : quoted(text)
    }
}
