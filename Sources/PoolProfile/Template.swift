package import PoolModel
internal import PoolTOML

/// A text with places to fill in per worker: `--path={socket}`.
///
/// | template | becomes |
/// |---|---|
/// | `{n}` | the worker's number: 3; `{n:02}` pads it with zeros to two digits: 03 |
/// | `{8080+n}`, `{n+8080}`, `{n-1}` | the sum or difference: 8083, 2 |
/// | `{name}` | the worker's name: `example_3` |
/// | `{pool}` | the pool's name: `example` |
/// | `{run}` | the pool's runtime directory: `/run/pool/example` |
/// | `{profile}` | the directory of the profile |
/// | `{socket}` | the path of the worker's unix socket |
/// | `{port}` | the worker's TCP port |
/// | `{{`, `}}` | a brace |
package struct Template: Hashable, Sendable {
    enum Piece: Hashable, Sendable {
        case literal(String)
        /// `add + sign * n`, at least `width` digits.
        case number(add: Int, sign: Int, width: Int)
        case name, pool, run, profile, socket, port
    }

    let pieces: [Piece]

    /// The names that may stand in braces, for messages.
    static let names = ["n", "name", "pool", "run", "profile", "socket", "port"]

    package init(_ text: String) throws(TemplateError) {
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.first {
            rest.removeFirst()
            if (character == "{" || character == "}") && rest.first == character {
                rest.removeFirst()
                literal.append(character)
            } else if character == "{" {
                guard let close = rest.firstIndex(of: "}") else {
                    throw TemplateError("the '{' is never closed", suggestion: "write {{ for a brace")
                }
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                pieces.append(try Template.piece(rest[..<close]))
                rest = rest[rest.index(after: close)...]
            } else if character == "}" {
                throw TemplateError("'}' without a '{'", suggestion: "write }} for a brace")
            } else {
                literal.append(character)
            }
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    private static func piece(_ inside: Substring) throws(TemplateError) -> Piece {
        switch inside {
        case "n": return .number(add: 0, sign: 1, width: 1)
        case "name": return .name
        case "pool": return .pool
        case "run": return .run
        case "profile": return .profile
        case "socket": return .socket
        case "port": return .port
        default: break
        }
        if let sum = sum(inside) { return sum }
        let suggestion =
            NearestName.among(names, to: String(inside)).first.map { "did you mean {\($0)}" }
            ?? "known are {n}, {n:02}, {8080+n}, {name}, {pool}, {run}, {profile}, {socket} and {port}; {{ is a brace"
        throw TemplateError("unknown template \(quoted("{\(inside.prefix(40))}"))", suggestion: suggestion)
    }

    /// `8080+n`, `n+8080`, `n-1`, `100-n`, `n:02`.
    private static func sum(_ inside: Substring) -> Piece? {
        if inside.hasPrefix("n:0") {
            guard let width = digits(inside.dropFirst(3)), (1...9).contains(width) else { return nil }
            return .number(add: 0, sign: 1, width: width)
        }
        let text = inside.filter { $0 != " " }
        guard let mark = text.firstIndex(where: { $0 == "+" || $0 == "-" }) else { return nil }
        let (left, right) = (text[..<mark], text[text.index(after: mark)...])
        let isMinus = text[mark] == "-"
        if right == "n", let value = digits(left) { return .number(add: value, sign: isMinus ? -1 : 1, width: 1) }
        if left == "n", let value = digits(right) { return .number(add: isMinus ? -value : value, sign: 1, width: 1) }
        return nil
    }

    private static func digits(_ text: some StringProtocol) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
        return Int(text)
    }

    /// Whether it says something different for every worker. Paths and ports of the worker are as different as the
    /// `listen` that they come from.
    package var differsPerWorker: Bool {
        pieces.contains { piece in
            switch piece {
            case .number, .name, .socket, .port: true
            case .literal, .pool, .run, .profile: false
            }
        }
    }

    /// Whether a worker that is told this can make out where it listens: `{name}` says only who it is.
    package static func saysWhereToListen(_ text: String) -> Bool {
        guard let template = try? Template(text) else { return false }
        return template.pieces.contains { piece in
            switch piece {
            case .number, .socket, .port: true
            case .literal, .name, .pool, .run, .profile: false
            }
        }
    }

    /// The text for one worker; an error where the worker has no socket or port to put in, or a sum is negative.
    package func expanded(with values: TemplateValues) throws(TemplateError) -> String {
        var result = ""
        for piece in pieces {
            switch piece {
            case .literal(let text): result += text
            case .number(let add, let sign, let width):
                let value = add + sign * values.number
                guard value >= 0 else {
                    throw TemplateError("the template gives \(value) for worker \(values.number)", suggestion: nil)
                }
                let text = String(value)
                result += String(repeating: "0", count: max(0, width - text.utf8.count)) + text
            case .name: result += WorkerID(pool: values.pool, number: values.number).description
            case .pool: result += values.pool
            case .run: result += values.runDirectory
            case .profile: result += values.profileDirectory
            case .socket: result += try values.socketPath()
            case .port: result += try values.port()
            }
        }
        return result
    }

    /// Expands a text in one step.
    package static func expand(_ text: String, with values: TemplateValues) throws(TemplateError) -> String {
        try Template(text).expanded(with: values)
    }

    /// The text as a template that expands to it.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            result.append(character)
            if character == "{" || character == "}" { result.append(character) }
        }
        return result
    }
}

/// What is put into the templates of one worker.
package struct TemplateValues: Hashable, Sendable {
    package var pool: String
    package var number: Int
    /// `{run}`: the pool's own directory below the daemon's runtime directory, which is writable by the workers' user.
    package var runDirectory: String
    /// `{profile}`: the directory of the profile.
    package var profileDirectory: String
    /// Where the worker listens; nil while that is what is being expanded.
    package var address: Address?

    package init(
        pool: String,
        number: Int,
        runDirectory: String,
        profileDirectory: String,
        address: Address? = nil
    ) {
        self.pool = pool
        self.number = number
        self.runDirectory = runDirectory
        self.profileDirectory = profileDirectory
        self.address = address
    }

    fileprivate func socketPath() throws(TemplateError) -> String {
        switch address {
        case .unix(let path): return path
        case .tcp: throw TemplateError("the worker has no socket, it listens on TCP", suggestion: "use {port}")
        case nil: throw TemplateError("{socket} is made from the worker's listen", suggestion: "write the path here")
        }
    }

    fileprivate func port() throws(TemplateError) -> String {
        switch address {
        case .tcp(_, let port): return String(port)
        case .unix: throw TemplateError("the worker has no port, it listens on a socket", suggestion: "use {socket}")
        case nil: throw TemplateError("{port} is made from the worker's listen", suggestion: "use a sum as in {8080+n}")
        }
    }
}

/// Why a template makes no sense, or cannot be filled in.
package struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    package var suggestion: String?

    init(_ message: String, suggestion: String?) {
        self.message = message
        self.suggestion = suggestion
    }

    package var description: String { suggestion.map { "\(message); \($0)" } ?? message }
}
