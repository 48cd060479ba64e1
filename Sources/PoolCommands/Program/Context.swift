internal import PoolAPI
internal import PoolClient
internal import PoolModel

/// What a verb works with: its options, its daemon, its output.
struct Context {
    let settings: Settings
    let environment: ProgramEnvironment
    let directories: Directories
    /// The control socket's path.
    let socket: String
    /// That socket, or the other host that was named.
    let endpoint: Endpoint
    let session: any PoolSession
    let style: Style

    /// A plain question.
    static let answerTimeout = Duration.seconds(10)
    /// How long the daemon may look through its log files.
    static let searchTimeout = Duration.seconds(40)
    /// An operation: longer than any default start, drain and stop limit of a worker together.
    static let operationTimeout = Duration.seconds(300)

    init(_ settings: Settings, _ environment: ProgramEnvironment) throws(CommandError) {
        self.settings = settings
        self.environment = environment
        directories = Directories(
            runtime: settings.runtimeDir,
            environment: environment.variables,
            userID: environment.userID
        )
        socket = Context.socket(settings, environment, own: directories)
        endpoint = try Context.endpoint(settings, environment, socket: socket)
        session = environment.connect(endpoint)
        let isPlain =
            environment.variables["NO_COLOR"].map { !$0.isEmpty } ?? false || environment.variables["TERM"] == "dumb"
        style = Style(
            isColored: settings.color == .always
                || (settings.color == .auto && environment.isTerminal(.output) && !isPlain)
        )
    }

    /// The other host that was named, with all that is needed to be let in; else the socket.
    private static func endpoint(
        _ settings: Settings,
        _ environment: ProgramEnvironment,
        socket: String
    ) throws(CommandError) -> Endpoint {
        func variable(_ name: String) -> String? { environment.variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let isLocal = settings.socket != nil || settings.runtimeDir != nil
        guard let url = settings.url ?? (isLocal ? nil : variable("POOL_URL")) else { return .socket(path: socket) }
        guard let certificate = settings.certificate ?? variable("POOL_CERT"),
            let authorities = settings.authorities ?? variable("POOL_CA")
        else {
            let remedy = "name our certificate with --cert (and --key), the daemon's authority with --ca"
            throw CommandError(.usage, "\(url) takes nobody without a certificate", remedy: remedy)
        }
        let key = settings.key ?? variable("POOL_KEY") ?? certificate
        let remote = RemoteEndpoint(url: url, certificate: certificate, key: key, authorities: authorities)
        guard let remote else {
            throw CommandError(.usage, "\(url) is not an address such as https://host:7443")
        }
        return .remote(remote)
    }

    /// Where the daemon is looked for: what was named, else this user's own daemon, else the system's.
    private static func socket(
        _ settings: Settings,
        _ environment: ProgramEnvironment,
        own: Directories
    ) -> String {
        func variable(_ name: String) -> String? { environment.variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let socket = settings.socket { return socket }
        if settings.runtimeDir == nil, let socket = variable("POOL_SOCKET") { return socket }
        let isNamed = settings.runtimeDir != nil || variable("POOL_RUNTIME_DIR") != nil
        let system = Directories(environment: [:], userID: 0).controlSocket
        guard !isNamed, environment.userID != 0, !environment.exists(own.controlSocket), environment.exists(system)
        else { return own.controlSocket }
        return system
    }

    /// The runtime directory of the daemon that is talked to.
    var runtimeDirectory: String {
        guard let slash = socket.lastIndex(of: "/"), slash != socket.startIndex else { return directories.runtime }
        return String(socket[..<slash])
    }

    var isTerminal: Bool { environment.isTerminal(.output) }

    /// The width of tables: the terminal's, or unlimited in a pipe.
    var columns: Int {
        if let columns = environment.variables["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
        return isTerminal ? environment.columns() ?? 80 : .max
    }

    /// Text as it is.
    func write(_ text: String) throws { try environment.write(.output, Array(text.utf8)) }

    /// Whole lines, in one write.
    func print(_ lines: [String]) throws { try write(lines.map { $0 + "\n" }.joined()) }

    func print(_ line: String) throws { try write(line + "\n") }

    /// A message beside the output: progress, hints.
    func note(_ text: String) throws { try environment.write(.errors, Array((text + "\n").utf8)) }

    /// One JSON document: indented for people, on one line for programs.
    func print(json value: some Encodable) throws {
        try environment.write(.output, try JSONCoding.encode(value, pretty: isTerminal) + [UInt8(ascii: "\n")])
    }

    /// One line of a stream of JSON.
    func print(jsonLine value: some Encodable) throws {
        try environment.write(.output, try JSONCoding.encode(value) + [UInt8(ascii: "\n")])
    }

    /// The state, of the chosen pool alone where one was chosen.
    func state() throws(SessionError) -> StateSnapshot { try send(.state(pool: settings.pool)) }

    func send<Reply>(
        _ request: APIRequest<Reply>,
        within limit: Duration = Context.answerTimeout
    ) throws(SessionError) -> Reply {
        try session.send(
            request,
            within: settings.timeout ?? limit,
            isInterrupted: environment.isInterrupted
        )
    }

    /// When a wait of this command is over.
    func deadline(default limit: Duration) -> ContinuousClock.Instant {
        ContinuousClock.now.advanced(by: settings.timeout ?? limit)
    }
}
