import PoolModel

extension ProfileReference {
    static let front = Section(
        "front",
        "What clients see: addresses and headers.",
        [
            ProfileField(
                "front.listen",
                \.front.listeners,
                ProfileCodec<FrontListener>.listener.oneOrMore,
                "Where clients connect: `0.0.0.0:8080`, `[::]:8080`, `unix:/path`; one or several. `[]` is nowhere. "
                    + "With https: `{ address = \"0.0.0.0:443\", tls = { certificate = \"site.pem\", key = \"site.key\" } }`, where both may be arrays for several names (the first is for all others) and `min_version` is `\"1.2\"` or `\"1.3\"`; the files are looked at every 5 s and used again when they change. "
                    + "`ocsp` names a file with an authority's answer (DER, as from `openssl ocsp -respout`), which is stapled to handshakes while it is good. "
                    + "`client_certificates = \"required\"` or `\"optional\"` with `client_ca`, a PEM file, asks clients for a certificate: workers get `X-SSL-Client-Verify` (`success` or `none`), `X-SSL-Client-Subject`, `X-SSL-Client-Names` and `X-SSL-Client-Fingerprint`, which no client can set; without one that is wanted, or with one that is not believed, the answer is 400. "
                    + "`{ address = \"0.0.0.0:80\", redirect_https = true }` (or the https port) sends everyone to https, but for what an ACME client such as certbot puts into its webroot, named by `acme_webroot`. "
                    + "A unix socket may have a `mode` (`\"0660\"`), an `owner` and a `group`. A socket that poold inherits (`LISTEN_FDS`, as from a systemd socket unit) and that is bound to one of the addresses is used in place of a new one."
            ),
            ProfileField(
                "front.server_name",
                \.front.serverNames,
                ProfileCodec<String>.serverName.oneOrMore,
                "Hosts whose requests are this pool's, where several pools listen at the same address: `\"example.org\"`, `\"*.example.org\"`. Exact names win over wildcards, longer wildcards over shorter ones, and both over pools without names. The certificates of all of them are chosen from by the name that the client asks for."
            ),
            ProfileField(
                "front.path",
                \.front.paths,
                ProfileCodec<String>.requestPath.oneOrMore,
                "Beginnings of paths that are this pool's there: `/api` is `/api`, `/api/…` and `/api?…`. The longest wins. Compared as they are sent; the worker gets the path unchanged."
            ),
            ProfileField(
                "front.default_server",
                \.front.isDefaultServer,
                .boolean,
                "Whether this pool gets the requests at a shared address that are no other's. Otherwise the pool does that is started first. Limits on connections, streams and the heads of HTTP/2, `http2` and `h2c`, the times of idle clients and up to a request's head, and `timeouts.send` are those of the default pool."
            ),
            ProfileField(
                "front.client_max_body_size",
                \.front.bodyBytesMax,
                .size(0...UInt64(Int64.max)),
                "The largest request body; more gets 413. 0 is unlimited, as in nginx."
            ),
            ProfileField(
                "front.trusted_proxies",
                \.front.trustedProxies,
                ProfileCodec<String>.addressRange.oneOrMore,
                "Address ranges of proxies in front of Pool: their forwarding headers are believed and appended to, those of all others are replaced."
            ),
            ProfileField(
                "front.preserve_host",
                \.front.preserveHost,
                .boolean,
                "Whether the worker gets the client's Host (nginx: `proxy_set_header Host $http_host`)."
            ),
            ProfileField(
                "front.request_headers",
                \.front.requestHeaders,
                .headerRules,
                "Headers set on requests to the workers; `false` removes one."
            ),
            ProfileField(
                "front.response_headers",
                \.front.responseHeaders,
                .headerRules,
                "Headers set on answers to clients; `false` removes one."
            ),
            ProfileField(
                "front.access_log",
                \.front.accessLog,
                ProfileCodec<AccessLogSpec>.accessLog.optional,
                "The access log: `\"aiohttp\"`, `\"gunicorn\"`, `\"common\"`, `\"combined\"`, `\"json\"` or a pattern of `%` specifiers; as a table `{ format = \"combined\", path = \"/var/log/example.log\" }` to a file of your own."
            ),
            ProfileField(
                "front.static",
                \.front.statics,
                ProfileCodec<StaticSpec>.files.oneOrMore,
                "Files that the proxy serves itself: `[[front.static]]` with `prefix = \"/static/\"` and `root`, a directory. "
                    + "Also `index` (a name such as `\"index.html\"` for paths that end with a slash; directories are never listed), `max_age` (for `Cache-Control`), `precompressed = true` (`name.br` and `name.gz` for clients that take them) and `follow_links = false`. "
                    + "No path leads out of the root; hidden files are not served."
            ),
            ProfileField(
                "front.http2",
                \.front.http2,
                .boolean,
                "Whether clients that speak TLS may choose HTTP/2. Workers get HTTP/1.1 as always."
            ),
            ProfileField(
                "front.h2c",
                \.front.h2c,
                .boolean,
                "Whether clients without TLS may begin with HTTP/2 at once (\"prior knowledge\"), as gRPC clients and proxies in front do; HTTP/1.1 is served too."
            ),
            ProfileField(
                "front.error_page",
                \.front.errorPages,
                ProfileCodec<ErrorPageSpec>.errorPage.oneOrMore,
                "Pages in place of the plain words of the proxy's own errors: `[[front.error_page]]` with `status = [502, 503, 504]` and `file = \"errors/50x.html\"`, 64 KiB of UTF-8 at most, read at check and again when it changes. "
                    + "The status and `Pool-Error` stay; who asks for JSON gets JSON. Errors of the workers pass unchanged."
            ),
            ProfileField(
                "front.gzip",
                \.front.gzip,
                ProfileCodec<GzipSpec>.gzip.optional,
                "Compresses answers of the workers for clients that ask for it: `true`, or a table of `types` (media types such as `\"text/html\"` or `\"text/*\"`), `min_size` (`\"1k\"`) and `level` (1 to 9, 4). "
                    + "Not what has a coding already, is a part, or says `no-transform`. Pages that mix secrets with what a stranger chose should not be compressed over https (BREACH)."
            ),
            ProfileField(
                "front.hsts",
                \.front.strictTransport,
                ProfileCodec<Duration>.duration.optional,
                "How long browsers are to use https only: `Strict-Transport-Security` on answers over TLS. `\"365d\"`-like lengths are for sites that will never go back."
            ),
            ProfileField(
                "front.accept_proxy_protocol",
                \.front.acceptProxyProtocol,
                .boolean,
                "Whether connections from `trusted_proxies` begin with a PROXY protocol header (v1 or v2). Those of others never do: one there is a malformed request."
            ),
            ProfileField(
                "front.send_proxy_protocol",
                \.front.sendProxyProtocol,
                .choice(ProxyProtocolVersion.allCases),
                "Whether connections to workers begin with such a header, which names the client. Each request then has a connection of its own."
            ),
        ]
    )

    static let maintenance = Section(
        "front.maintenance",
        "What clients are told while the front is in maintenance (`poolctl front maintenance`).",
        [
            ProfileField(
                "front.maintenance.page",
                \.front.maintenance.page,
                ProfileCodec<String>.text.optional,
                "The page, a file of 64 KiB of UTF-8 at most; without one plain words are sent. Files of `[[front.static]]` are served meanwhile, so that it may have pictures."
            ),
            ProfileField(
                "front.maintenance.retry_after",
                \.front.maintenance.retryAfter,
                .duration(from: .zero, through: .seconds(FrontGate.retryAfterMax)),
                "`Retry-After` where the operator names none."
            ),
            ProfileField(
                "front.maintenance.allow",
                \.front.maintenance.allow,
                ProfileCodec<String>.addressRange.oneOrMore,
                "Address ranges of those who reach the workers all the same, to see whether all is well again."
            ),
        ]
    )

    static let timeouts = Section(
        "front.timeouts",
        "How long each phase of a request may take.",
        [
            timeout("handshake", \.front.timeouts.handshake, "From a connection to the end of its TLS handshake."),
            timeout(
                "request_head",
                \.front.timeouts.requestHead,
                "From a request's first byte to the end of its head; then 408."
            ),
            timeout("request_body", \.front.timeouts.requestBody, "Between two reads of a request body; then 408."),
            timeout("client_idle", \.front.timeouts.clientIdle, "An idle client connection between requests."),
            timeout(
                "connect",
                \.front.timeouts.connect,
                "Connecting to a worker; then another one is tried, else 504."
            ),
            timeout(
                "first_byte",
                \.front.timeouts.firstByte,
                "From the request sent to the answer's first byte; then an idempotent request goes to another worker, once, else 504."
            ),
            timeout(
                "between_bytes",
                \.front.timeouts.betweenBytes,
                "Between two reads of an answer; then the connection is cut."
            ),
            timeout(
                "upstream_idle",
                \.front.timeouts.upstreamIdle,
                "An idle connection to a worker is closed before this, and before what was learned of the worker's own limit."
            ),
            timeout(
                "tunnel_idle",
                \.front.timeouts.tunnelIdle,
                "A WebSocket or other tunnel over which nothing moves."
            ),
            timeout(
                "send",
                \.front.timeouts.send,
                "A client that does not read its answer; then the connection is cut."
            ),
        ]
    )

    private static func timeout(
        _ key: String,
        _ keyPath: any WritableKeyPath<PoolSpec, Duration> & Sendable,
        _ meaning: String
    ) -> ProfileField {
        ProfileField("front.timeouts.\(key)", keyPath, .duration(from: .milliseconds(1)), meaning)
    }

    static let frontLimits = Section(
        "front.limits",
        "Bounds on what one client, or all of them, can make the proxy hold.",
        [
            ProfileField(
                "front.limits.head_size_max",
                \.front.limits.headBytesMax,
                .size(1024...1 << 20),
                "A request's head, its first line included; more gets 431."
            ),
            ProfileField(
                "front.limits.request_line_size_max",
                \.front.limits.requestLineBytesMax,
                .size(256...1 << 20),
                "A request's first line; more gets 414."
            ),
            ProfileField(
                "front.limits.headers_max",
                \.front.limits.headersMax,
                .integer(8...4096),
                "Header fields of a request; more gets 431."
            ),
            ProfileField(
                "front.limits.connections_max",
                \.front.limits.connectionsMax,
                .integer(1...1_000_000),
                "Client connections of each proxy loop; beyond it the oldest idle one is closed, else the new one refused."
            ),
            ProfileField(
                "front.limits.connections_per_address_max",
                \.front.limits.connectionsPerAddressMax,
                .integer(0...1_000_000),
                "Connections of one client address; 0 is unlimited."
            ),
            ProfileField(
                "front.limits.http2_streams_max",
                \.front.limits.http2StreamsMax,
                .integer(1...10_000),
                "Streams of one HTTP/2 connection at once; more are refused, and the client may send them again."
            ),
            ProfileField(
                "front.limits.body_rate_min",
                \.front.limits.bodyRateMin,
                .size(0...1 << 30),
                "Least bytes a second of a request body, after some seconds of grace; 0 is none."
            ),
            ProfileField(
                "front.limits.memory_max",
                \.front.limits.memoryMax,
                .size(1 << 20...1 << 40),
                "Memory of the proxy's buffers for this pool, over all loops; with several pools the sum holds for all. With seven eighths in use new requests get 503, beyond all of it connections are cut."
            ),
            ProfileField(
                "front.limits.queue_max",
                \.front.limits.queueMax,
                .integer(0...1_000_000),
                "Requests that wait when every worker is at its limit; more get 503."
            ),
            ProfileField(
                "front.limits.queue_timeout",
                \.front.limits.queueTimeout,
                .duration,
                "How long a request may wait; then 503."
            ),
        ]
    )
}
