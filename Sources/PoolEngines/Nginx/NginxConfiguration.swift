internal import PoolModel
internal import PoolProfile

/// nginx's whole configuration for a routing table.
struct NginxConfiguration {
    let table: RoutingTable
    /// The engine's own directory.
    let directory: String
    /// Where access logs without a path of their own go.
    let stateDirectory: String
    /// nginx's worker processes.
    let processes: Int
    /// Whose rights they get; nil keeps ours. Only root may change them.
    let user: String?
    /// The private listener that probes come in by.
    let probeSocket: String
    /// Where this nginx answers `stub_status`.
    let statusSocket: String

    /// One line for each request, as ``NginxLogLine`` reads it.
    static let format = "$status|$request_time|$request_length|$bytes_sent|$upstream_addr|$upstream_header_time"

    private var log: String { "syslog:server=unix:\(directory)/log.sock,nohostname,tag=p pool_engine" }
    private var probeLog: String { "syslog:server=unix:\(directory)/log.sock,nohostname,tag=probe pool_engine" }

    var text: String {
        var lines = [
            "daemon off; worker_processes \(processes); pid \(directory)/nginx.pid; error_log stderr emerg;",
            user.map { "user \($0);" } ?? "", "events { worker_connections 8192; }", "http {",
            "    log_format pool_engine '\(Self.format)';", "    access_log \(log);", "    server_tokens off;",
        ]
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            lines.append("    \(kind)_temp_path \(directory)/tmp;")
        }
        lines += NginxSite.shared.map { "    " + $0 }
        for pool in table.pools {
            let site = site(of: pool)
            lines += (site.upstream + site.blocks).map { "    " + $0 }
        }
        lines += (probes + status).map { "    " + $0 }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func site(of pool: PoolRoutes) -> NginxSite {
        var front = pool.front
        if front.accessLog != nil, front.accessLog?.path == nil {
            front.accessLog?.path = "\(stateDirectory)/\(pool.name)/logs/access.log"
        }
        var site = NginxSite(
            name: pool.name,
            front: front,
            balance: pool.balance,
            // nginx wants at least one server: nobody listens there, and nothing is sent.
            servers: pool.workers.isEmpty
                ? [NginxSite.Server(.unix(path: "\(directory)/nobody"), isDown: true)]
                : pool.workers.map { NginxSite.Server($0.address, weight: $0.weight, isDown: !$0.isRoutable) }
        )
        site.observer = log
        return site
    }

    /// A request on the private listener goes to the worker that its header names, and to no other.
    private var probes: [String] {
        let workers = table.pools.flatMap(\.workers)
        var lines = ["map $http_pool_worker $pool_probe {", "    default \"\";"]
        lines += workers.map { "    \($0.id) pool_probe_\($0.slot);" }
        lines.append("}")
        for worker in workers {
            let address = NginxSite.word(worker.address.description)
            lines.append("upstream pool_probe_\(worker.slot) { server \(address) max_fails=0; }")
        }
        return lines + [
            "server {", "    listen unix:\(probeSocket);", "    access_log \(probeLog);",
            "    location / {",
            "        if ($pool_probe = \"\") { add_header \(ProbeHeader.errorName) no-worker always; return 503; }",
            "        proxy_pass http://$pool_probe; proxy_http_version 1.1; proxy_set_header Connection \"\";",
            "        proxy_set_header Host $http_host; proxy_set_header \(ProbeHeader.name) \"\";",
            "        proxy_buffering off; proxy_next_upstream off; error_page 502 @connect; error_page 504 @timeout;",
            "    }",
            "    location @connect { add_header \(ProbeHeader.errorName) \"connect-failed\" always; return 502; }",
            "    location @timeout { add_header \(ProbeHeader.errorName) \"timeout; phase=first-byte\" always; return 504; }",
            "}",
        ]
    }

    private var status: [String] {
        ["server { listen unix:\(statusSocket); access_log off; location / { stub_status; } }"]
    }
}
