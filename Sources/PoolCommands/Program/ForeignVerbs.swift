/// What users of other tools type, and what does the same here. A verb of these tools that is not ours is answered with
/// the line that is; docs/VERBS.md is made from this table.
package enum ForeignVerbs {
    package struct Row: Hashable, Sendable {
        package var tool: String
        package var words: [String]
        /// What to type instead, and what is different about it.
        package var instead: String
    }

    /// What to type instead of a word that is no verb here; nil for a word that no other tool has.
    package static func hint(for word: String) -> String? {
        rows.first { $0.words.contains(word.lowercased()) }.map { "\($0.tool)'s \(word): \($0.instead)" }
    }

    /// What to type instead of kubectl's and others' options; nil for any that is not of theirs.
    static func hint(forOptions arguments: [String]) -> String? {
        let isAsked = arguments.indices.contains { index in
            switch arguments[index] {
            case "-o", "--output": index + 1 < arguments.count && arguments[index + 1] == "json"
            case "-ojson", "-o=json", "--output=json": true
            default: false
            }
        }
        return isAsked ? "--json prints JSON" : nil
    }

    package static let rows: [Row] = [
        Row(tool: "supervisorctl", words: ["pid"], instead: "poolctl status NAME --format '{pid}'"),
        Row(
            tool: "supervisorctl",
            words: ["fg", "attach", "connect", "echo"],
            instead: "poolctl logs -f NAME; a worker of a pool has no terminal"
        ),
        Row(tool: "supervisorctl", words: ["avail"], instead: "poolctl config show; poolctl status lists the workers"),
        Row(
            tool: "supervisorctl",
            words: ["add", "remove", "rm", "delete", "del"],
            instead:
                "put a profile into the directory of profiles or take it out, then poolctl reload; for more or fewer workers poolctl scale N"
        ),
        Row(
            tool: "supervisorctl",
            words: ["clear", "flush", "truncate"],
            instead: "nothing to clear: logs rotate by [log] of the profile"
        ),
        Row(
            tool: "supervisorctl",
            words: ["maintail", "report"],
            instead: "poolctl events -f; the daemon's own lines are in its journal"
        ),
        Row(
            tool: "supervisorctl",
            words: ["open"],
            instead: "poolctl --socket PATH VERB, or --url https://host:7443 VERB"
        ),
        Row(
            tool: "supervisorctl",
            words: ["exit", "quit", "halt", "down", "kill-all", "emperor"],
            instead: "poolctl shutdown stops the workers and the daemon; poolctl stop all stops the workers alone"
        ),
        Row(
            tool: "circusctl",
            words: ["incr", "decr", "worker-count-up", "worker-count-down"],
            instead: "poolctl scale +1, poolctl scale -- -1"
        ),
        Row(
            tool: "circusctl",
            words: ["numprocesses", "numwatchers", "dstats", "workers"],
            instead: "poolctl status; poolctl stats -f"
        ),
        Row(
            tool: "circusctl",
            words: ["options", "globaloptions", "get", "conf", "settings"],
            instead: "poolctl config show"
        ),
        Row(
            tool: "circusctl",
            words: ["set", "unset"],
            instead:
                "edit the profile, poolctl plan shows what that changes, poolctl reload does it; weight, drain, maint and scale need no file"
        ),
        Row(
            tool: "circusctl",
            words: ["listsockets", "listeners", "listen"],
            instead: "poolctl config show; pooltop's view 7 shows addresses and certificates"
        ),
        Row(tool: "circusctl", words: ["reloadconfig"], instead: "poolctl reload"),
        Row(
            tool: "gunicornc",
            words: ["show"],
            instead: "poolctl status, stats, health, events, ops list or config show"
        ),
        Row(
            tool: "gunicornc",
            words: ["worker", "dirty"],
            instead: "poolctl scale +1, poolctl scale -- -1, poolctl restart NAME"
        ),
        Row(
            tool: "gunicornc",
            words: ["reopen", "reopen-log", "reopen-logs", "reloadlogs"],
            instead:
                "nothing to reopen: Pool writes and rotates the logs itself; an access log that logrotate moves is reopened by poolctl reload"
        ),
        Row(
            tool: "pumactl",
            words: ["gc", "gc-stats", "thread-backtraces", "backtraces"],
            instead: "poolctl signal SIGNAL NAME, with the one that your app takes for it; poolctl stats shows memory"
        ),
        Row(
            tool: "pumactl",
            words: ["info", "describe", "desc", "about"],
            instead: "poolctl status --wide NAME; pooltop's view 2 has everything about a worker"
        ),
        Row(
            tool: "pumactl",
            words: ["refork", "reload-worker-directory"],
            instead: "poolctl deploy --directory DIR, or poolctl roll"
        ),
        Row(tool: "passenger-config", words: ["restart-app"], instead: "poolctl roll"),
        Row(
            tool: "passenger-config",
            words: ["list-instances", "instances", "project", "namespace"],
            instead: "poolctl status --json names the pools; a daemon of its own has a --runtime-dir of its own"
        ),
        Row(tool: "passenger-config", words: ["detach-process"], instead: "poolctl drain NAME"),
        Row(tool: "passenger-config", words: ["validate-install", "diagnose"], instead: "poolctl doctor"),
        Row(
            tool: "passenger-config",
            words: ["system-metrics", "system-properties", "monitor", "graph", "analyze"],
            instead: "poolctl stats, poolctl metrics"
        ),
        Row(
            tool: "passenger-config",
            words: ["api-call"],
            instead: "curl --unix-socket /run/pool/control.sock http://pool/v1/...; docs/API.md"
        ),
        Row(tool: "process-compose", words: ["up", "run", "serve", "supervisor"], instead: "poold run PROFILE"),
        Row(
            tool: "process-compose",
            words: ["process", "daemons"],
            instead: "poolctl start, stop, restart, logs, status NAME"
        ),
        Row(
            tool: "process-compose",
            words: ["send-keys", "send", "trigger"],
            instead: "workers read nothing from a terminal; poolctl signal SIGNAL NAME"
        ),
        Row(tool: "pm2", words: ["monit", "dashboard", "tui", "ui", "plus"], instead: "poolctl top, or pooltop"),
        Row(tool: "pm2", words: ["jlist", "prettylist", "slist"], instead: "poolctl status --json"),
        Row(tool: "pm2", words: ["env"], instead: "poolctl config show; pooltop's view 2, key i, with secrets hidden"),
        Row(
            tool: "pm2",
            words: ["save", "dump", "resurrect", "cleardump"],
            instead: "nothing to save: the state outlives the daemon by itself"
        ),
        Row(
            tool: "pm2",
            words: ["startup", "unstartup", "boot", "activate"],
            instead: "docs/ops/pool.service is the unit: systemctl enable --now pool"
        ),
        Row(
            tool: "pm2",
            words: ["reset"],
            instead: "counters only grow, as monitoring wants them; poolctl start NAME ends a FATAL"
        ),
        Row(tool: "pm2", words: ["ping", "is-ready"], instead: "poolctl health; poolctl version"),
        Row(
            tool: "pm2",
            words: ["pull", "forward", "backward", "install", "uninstall", "recipe"],
            instead: "fetch the release yourself; docs/ops/release.sh brings it in with poolctl deploy"
        ),
        Row(tool: "pm2", words: ["ecosystem"], instead: "poolctl init"),
        Row(tool: "pm2", words: ["logrotate"], instead: "[log] of the profile: size and number of files"),
        Row(
            tool: "kamal-proxy",
            words: ["pause"],
            instead:
                "poolctl hold --for 30s lets new requests wait; poolctl front open ends it; poolctl ops pause ID holds an operation"
        ),
        Row(tool: "kamal-proxy", words: ["rollout"], instead: "poolctl deploy --canary 1 --bake 60"),
        Row(
            tool: "sv",
            words: ["once", "cont", "hup", "alarm", "interrupt", "term", "usr1", "usr2"],
            instead: "poolctl signal HUP NAME; poolctl start NAME"
        ),
        Row(
            tool: "sv",
            words: ["force-stop", "force-restart", "force-shutdown", "try-restart"],
            instead:
                "poolctl stop NAME, poolctl restart NAME: after the time that the profile gives, KILL follows by itself"
        ),
        Row(tool: "uWSGI", words: ["c", "w", "r"], instead: "poolctl roll"),
        Row(
            tool: "HAProxy",
            words: ["prompt", "expert-mode", "operator"],
            instead: "poolctl has no prompt: every verb is a command of its own; pooltop's : is one"
        ),
        Row(
            tool: "HAProxy",
            words: ["acme"],
            instead: "poolctl certificate reload, after your ACME client: docs/ops/renew-hook.sh"
        ),
        Row(tool: "HAProxy", words: ["hard-reload"], instead: "poolctl proxy replace"),
        Row(tool: "nginx", words: ["test", "validate", "configtest"], instead: "poolctl check PROFILE"),
    ]

    /// docs/VERBS.md.
    package static var markdown: String {
        var text = """
            # What other tools call it

            Made from the table that `poolctl` answers unknown verbs with; a test holds them together.
            Words that do the same here, or are aliases here, are not listed: `poolctl --help` has them.

            | where | is typed | here |
            |---|---|---|

            """
        for row in rows {
            text += "| \(row.tool) | \(row.words.map { "`\($0)`" }.joined(separator: " ")) | \(row.instead) |\n"
        }
        return text
    }
}
