import PoolAPI
import PoolClient
import PoolCommands
import PoolModel
import Testing

/// Runs a command line against canned answers, and keeps what it wrote.
final class CommandRun {
    private(set) var output = ""
    private(set) var errors = ""
    private(set) var exitCode = ExitCode.done
    private(set) var calls: [APICall] = []
    private(set) var executed: [String] = []
    private(set) var written: [String: String] = [:]
    /// Where the daemon was looked for.
    private(set) var socket = ""

    /// What the daemon answers; nil is a 404 without a problem, as of a daemon that does not know the route.
    typealias Answers = (APICall) throws(SessionError) -> (any Encodable)?

    init(
        _ arguments: String,
        isTerminal: Bool = false,
        columns: Int? = nil,
        variables: [String: String] = [:],
        files: [String: String] = [:],
        typed: [String] = [],
        userID: UInt32 = 0,
        isQuick: Bool = true,
        bindFailure: String? = nil,
        isInterrupted: @escaping () -> Bool = { false },
        closesOutputAfter bytesMax: Int = .max,
        records: @escaping (APICall) throws(SessionError) -> [[StreamRecord]] = { _ in [] },
        answers: @escaping Answers = { _ in nil }
    ) {
        let session = InProcessSession(
            answer: { call throws(SessionError) in
                guard let value = try answers(call) else { return Answer(status: 404, body: [], version: "0.0.9") }
                if let problem = value as? Problem {
                    return Answer(status: problem.status, mediaType: MediaType.problem.rawValue, body: json(problem))
                }
                let isBad = (value as? HealthReply)?.healthy == false
                return Answer(status: isBad ? 503 : call.route.status, body: json(value))
            },
            records: records
        )
        var lines = typed
        let environment = ProgramEnvironment(
            write: { channel, bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                if channel == .output { self.output += text } else { self.errors += text }
                if self.output.utf8.count > bytesMax { throw OutputClosed() }
            },
            isTerminal: { _ in isTerminal },
            isOutputOpen: { self.output.utf8.count <= bytesMax },
            columns: { columns },
            variables: variables,
            userID: userID,
            now: { Fixtures.now },
            connect: { endpoint in
                self.socket = endpoint.name
                return session
            },
            isInterrupted: isInterrupted,
            readFile: { path in
                guard let text = files[path] else { throw PoolError(.notFound, "cannot read \(path): no such file") }
                return Array(text.utf8)
            },
            exists: { files[$0] != nil },
            isDirectory: { path in files.keys.contains { $0.hasPrefix("\(path)/") } },
            writeFile: { path, text in
                guard self.written[path] == nil else { throw PoolError(.conflict, "\(path) exists") }
                self.written[path] = text
            },
            find: { pattern in
                // A star alone; the real one is glob(3).
                let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
                return files.keys.sorted().filter { $0.hasPrefix(parts[0]) && $0.hasSuffix(parts[parts.count - 1]) }
            },
            allVariables: { variables },
            hostName: { "host" },
            processors: { 4 },
            workingDirectory: { "/work" },
            readLine: {
                guard !lines.isEmpty else { return nil }
                return lines.removeFirst()
            },
            descriptorsMax: { bindFailure == nil ? 65_536 : 1024 },
            hasUser: { files["/etc/passwd"]?.contains("\($0):") == true },
            bindFailure: { _ in bindFailure.map { BindFailure($0, isInUse: $0.contains("in use")) } },
            execute: { program, arguments in self.executed = [program] + arguments }
        )
        exitCode = Program.run(CommandRun.words(arguments), in: environment, isQuick: isQuick)
        calls = session.calls
    }

    /// The action that was asked for.
    func action() throws -> ActionRequest {
        let call = try #require(calls.first { $0.route.id == .act }, "no action: \(errors)")
        return try JSONCoding.decode(from: call.body)
    }

    /// Splits at spaces; quotes keep words together.
    private static func words(_ line: String) -> [String] {
        line.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index % 2 == 0 ? part.split(separator: " ").map(String.init) : [String(part)]
        }
    }
}

private func json(_ value: any Encodable) -> [UInt8] {
    do {
        return try JSONCoding.encode(value)
    } catch {
        Issue.record(error)
        return []
    }
}

/// The usual daemon: a pool, and operations that are as given.
func daemon(
    _ state: StateSnapshot = Fixtures.state(),
    operation: Operation = Fixtures.operation(.queued)
) -> CommandRun.Answers {
    { call throws(SessionError) in
        switch call.route.id {
        case .state: state
        case .pools: PoolList(pools: state.pools)
        case .act, .deploy, .operation, .cancelOperation, .pauseOperation, .resumeOperation, .upgrade,
            .shutdown:
            operation
        case .operations: OperationList(operations: [operation])
        case .history:
            HistoryReply(
                at: state.at,
                bucketSeconds: 10,
                series: [
                    HistorySeries(
                        pool: "example",
                        worker: nil,
                        points: [
                            HistoryPoint(
                                at: state.at,
                                requests: 120,
                                failures: 5,
                                inFlight: 3,
                                p99Milliseconds: 12.5,
                                cpuPercent: 42,
                                rssBytes: 1 << 26
                            )
                        ]
                    )
                ]
            )
        case .stats: StatsReply(at: state.at, pools: state.pools.map { PoolStats($0) })
        case .events: EventList(events: [Fixtures.event], sequence: 9)
        case .logs: LogPage(lines: [Fixtures.line("hello")], sequence: 1)
        case .health: HealthReply(pools: state.pools)
        case .replaceProxy: ReplaceProxyReply(pid: 4711, loops: 2, draining: 1)
        case .certificates: CertificateList(certificates: Fixtures.certificates(at: state.at))
        case .reloadCertificates:
            ReloadCertificatesReply(
                changed: ["/etc/pool/site.pem"],
                certificates: Fixtures.certificates(at: state.at)
            )
        case .gate: state.pools[0]
        case .weigh: WorkerList(workers: Array(state.pools[0].workers.prefix(1)))
        case .profile: Fixtures.profile
        case .version, .pool, .workers, .worker, .workerDetail, .front, .reload, .check, .openAPI, .metrics: nil
        }
    }
}

/// Records of a stream whose items are of one kind.
func stream(_ kind: StreamRecord.Kind, _ values: [any Encodable]) -> [[StreamRecord]] {
    values.enumerated().map { [StreamRecord(kind, sequence: UInt64($0) + 1, data: json($1))] }
}
