import PoolAPI
import PoolModel

/// docs/API.md, made from the table of routes and the schemas.
enum APIReference {
    static var markdown: String {
        var text = introduction
        text += "\n## Routes\n\n| | | needs | |\n|---|---|---|---|\n"
        for route in Route.all {
            text += "| `\(route.method.rawValue)` | [`\(route.path)`](#\(anchor(route))) | \(route.level.rawValue) |"
            text += " \(route.summary) |\n"
        }
        for route in Route.all { text += section(route) }
        text += "\n## Messages\n\nFields marked with `?` may be absent. Every answer may get further fields.\n"
        text += "A request with a field that is not listed here is refused (400, with the nearest name), and so is\n"
        text += "an empty list of workers: it is left out to mean every worker.\n"
        for (name, fields) in Schemas.all { text += message(name, fields) }
        text += "\n### ExitReason\n\nAn object with one of these members:\n\n| member | fields |\n|---|---|\n"
        for (name, fields) in Schemas.exitReason {
            text += "| `\(name)` | \(fields.map { "`\($0.name)` \($0.schema.words)" }.joined(separator: ", ")) |\n"
        }
        return text + problems
    }

    private static let introduction = """
        # The control API

        <!-- Generated from Sources/PoolAPI; `make golden` writes it anew. -->

        HTTP/1.1 with JSON over the unix socket `control.sock` in the daemon's runtime directory: `/run/pool` for root,
        `$XDG_RUNTIME_DIR/pool` for others.
        Anything that speaks HTTP over a unix socket can use it:

        ```sh
        curl --unix-socket /run/pool/control.sock http://pool/v1/version
        ```

        The daemon serves this interface as an OpenAPI 3.1 document at `/v1/openapi.json`.

        **Access.** The kernel tells the daemon who is at the other end of the socket (`SO_PEERCRED`).
        `view` sees everything, `operate` acts on workers, `admin` changes what runs; each includes the ones before.
        Root and the daemon's own user may everything; who else may what is in `poold.toml`, without which members of the group
        `pool` operate (see [ops](ops/README.md)).

        **Times** are RFC 3339 in UTC; **durations** are seconds, or have their unit in their name.

        **Errors** are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents; see [Problems](#problems).

        **Streams.** Routes that stream do so with `?follow=true`, with `Accept: text/event-stream` (server-sent events)
        or with `Accept: application/x-ndjson` (one JSON object a line).
        A record is one of `snapshot` (the whole), `change` (one thing more), `gap` (so many records were left out, because
        the reader was too slow or they are no longer kept) and `heartbeat` (nothing for \(Int(StreamRecord.heartbeatInterval.inSeconds)) s).
        Every record but the heartbeat has a sequence number; `Last-Event-ID` or `?after=` takes a stream of events or logs up
        again behind one. Streams of state, figures and operations begin with a snapshot, whatever the number: nothing is missed.
        A number that this daemon never gave is answered with a gap of `"reset":true`, and with what is kept.

        **Selectors** name workers: `example_3`, `3`, `1-4`, `example` (a pool), `state:fatal`, `health:unhealthy`,
        `admin:drain`, `all`; `example/3` within one pool.

        **Mutations** answer 202 with an operation, which goes on by itself: ask for it, wait for it
        (`?wait=seconds`), follow it, cancel it.
        With an `Idempotency-Key` a request that is sent again is done once, and gets the first one's answer; a refusal is
        not remembered, and a manager that takes over begins with none.
        `expected` in an action refuses it where things have changed meanwhile, and so does `If-Match` with a pool's `ETag`
        for actions, deploys, weights, gates and reloads; other mutations refuse that header.

        """

    private static func anchor(_ route: Route) -> String {
        "\(route.method.rawValue.lowercased())-\(route.path)".filter { $0.isLetter || $0.isNumber || "-_".contains($0) }
    }

    private static func section(_ route: Route) -> String {
        var text = "\n### \(route.method.rawValue) \(route.path)\n\n\(route.summary)\n"
        var facts = ["needs `\(route.level.rawValue)`"]
        if let request = route.request { facts.append("takes \(link(request))") }
        facts.append("answers \(route.status) with \(link(route.reply))")
        if let stream = route.stream { facts.append("streams \(link(stream))") }
        text += "\n" + facts.joined(separator: ", ") + ".\n"
        if !route.query.isEmpty {
            text += "\n| parameter | type | |\n|---|---|---|\n"
            for parameter in route.query {
                text += "| `\(parameter.name)` | \(words(parameter.kind)) | \(parameter.summary) |\n"
            }
        }
        return text + "\n```sh\n\(example(route))\n```\n"
    }

    private static func link(_ name: MessageName) -> String {
        switch name {
        case .text: "text"
        case .document: "a JSON document"
        default: "[\(name.rawValue)](#\(name.rawValue.lowercased()))"
        }
    }

    private static func words(_ kind: QueryParameter.Kind) -> String {
        switch kind {
        case .text: "text"
        case .integer(let low, let high): high == .max ? "integer from \(low)" : "integer, \(low) to \(high)"
        case .seconds(let least, let most):
            least > 0 ? "seconds, \(Int(least)) to \(Int(most))" : "seconds, up to \(Int(most))"
        case .flag: "`true` or `false`"
        case .time: "time"
        case .choice(let values): values.map { "`\($0)`" }.joined(separator: " ")
        case .choices(let values): "some of " + values.map { "`\($0)`" }.joined(separator: " ")
        case .texts: "texts, separated by commas"
        }
    }

    private static func example(_ route: Route) -> String {
        let path = route.path.replacing("{pool}", with: "example").replacing("{worker}", with: "example_3")
            .replacing("{operation}", with: "op-17")
        var words = ["curl --unix-socket /run/pool/control.sock"]
        var query = ""
        switch route.id {
        case .events, .stats, .state:
            words.append("-N")
            query = "?follow=true"
        case .logs:
            words.append("-N")
            query = "?follow=true&workers=1-2&tail=10"
        case .operation: query = "?wait=30"
        case .history: query = "?last=600"
        case .cancelOperation: words.append("-X DELETE")
        case .act: words.append(json(#"{"verb":"restart","workers":["3"],"why":"leak"}"#))
        case .deploy: words.append(json(#"{"directory":"/srv/app/42","canary":1,"bakeSeconds":60}"#))
        case .pauseOperation, .resumeOperation: words.append("-X POST")
        case .check: words.append(json(#"{"text":"[pool]\nname = \"example\"\n"}"#))
        case .reload: words.append(json(#"{"dryRun":true}"#))
        case .replaceProxy: words.append(json(#"{"why":"upgrade"}"#))
        case .gate: words.append(json(#"{"state":"hold","seconds":30,"why":"migration"}"#))
        case .reloadCertificates: words.append(json(#"{"why":"renewed"}"#))
        case .upgrade: words.append(json(#"{"why":"0.2"}"#))
        case .shutdown: words.append(json(#"{"why":"maintenance"}"#))
        case .weigh: words.append(json(#"{"weight":2,"workers":["3"]}"#))
        case .version, .pools, .pool, .profile, .front, .workers, .worker, .workerDetail, .operations, .health,
            .certificates, .openAPI,
            .metrics:
            break
        }
        return (words + ["'http://pool\(path)\(query)'"]).joined(separator: " ")
    }

    private static func json(_ body: String) -> String { "-H 'Content-Type: application/json' -d '\(body)'" }

    private static func message(_ name: String, _ fields: [Schema.Field]) -> String {
        var text = "\n### \(name)\n\n| field | type | |\n|---|---|---|\n"
        for field in fields {
            let summary = field.summary.isEmpty ? "" : " \(field.summary)"
            text += "| `\(field.name)`\(field.isRequired ? "" : "?") | \(field.schema.words) |\(summary) |\n"
        }
        return text
    }

    private static var problems: String {
        var text = "\n## Problems\n\n| code | status | |\n|---|---|---|\n"
        for code in Problem.Code.allCases { text += "| `\(code.rawValue)` | \(code.status) | \(code.title) |\n" }
        return text
    }
}
