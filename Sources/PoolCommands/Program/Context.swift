internal import PoolAPI
internal import PoolClient
internal import PoolModel

/// What a verb works with: its options, its daemon, its output.
struct Context {
    let options: CommonOptions
    let environment: ProgramEnvironment
    let directories: Directories
    let session: any PoolSession
    let style: Style

    /// A plain question.
    static let answerTimeout = Duration.seconds(10)
    /// An operation: longer than any default start, drain and stop limit of a worker together.
    static let operationTimeout = Duration.seconds(300)

    init(_ options: CommonOptions, _ environment: ProgramEnvironment) {
        self.options = options
        self.environment = environment
        directories = Directories(
            runtime: options.runtimeDir,
            environment: environment.variables,
            userID: environment.userID
        )
        session = environment.connect(directories.controlSocket)
        let isPlain =
            environment.variables["NO_COLOR"].map { !$0.isEmpty } ?? false || environment.variables["TERM"] == "dumb"
        style = Style(
            isColored: options.color == .always
                || (options.color == .auto && environment.isTerminal(.output) && !isPlain)
        )
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

    func send<Reply>(_ request: APIRequest<Reply>) throws(SessionError) -> Reply {
        try session.send(
            request,
            within: options.timeout?.duration ?? Context.answerTimeout,
            isInterrupted: environment.isInterrupted
        )
    }

    /// When a wait of this command is over.
    func deadline(default limit: Duration) -> ContinuousClock.Instant {
        ContinuousClock.now.advanced(by: options.timeout?.duration ?? limit)
    }
}
