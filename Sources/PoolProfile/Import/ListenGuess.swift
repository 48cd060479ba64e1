import PoolModel
internal import PoolTOML

/// Tells from a command line where the program will listen: supervisord never needed to know.
enum ListenGuess {
    private static let socketFlags: Set<String> = [
        "path", "socket", "uds", "unix", "unix-socket", "sock", "bind", "b", "s",
    ]
    private static let portFlags: Set<String> = ["port", "p", "http-port", "listen-port"]
    private static let addressFlags: Set<String> = ["bind", "b", "listen", "address", "http", "http-socket", "l"]

    /// The `listen` template, with the command changed to say `{socket}` or `{port}` in its place; nil where nothing
    /// looks like an address.
    static func find(in command: [String]) -> (listen: String, command: [String])? {
        for (index, argument) in command.enumerated().dropFirst() {
            let flag: String
            var value: Substring
            var prefix = ""
            if let equals = argument.firstIndex(of: "="), argument.hasPrefix("-") {
                flag = name(argument[..<equals])
                value = argument[argument.index(after: equals)...]
                prefix = String(argument[...equals])
            } else {
                flag = command[index - 1].hasPrefix("-") ? name(command[index - 1][...]) : ""
                value = argument[...]
            }
            if value.hasPrefix("unix:") {
                prefix += "unix:"
                value = value.dropFirst(5)
            }
            guard let (listen, replacement) = address(flag, value, isUnix: prefix.hasSuffix("unix:")) else { continue }
            var changed = command
            changed[index] = prefix + replacement
            return (listen, changed)
        }
        return nil
    }

    private static func name(_ flag: Substring) -> String { String(flag.drop { $0 == "-" }) }

    private static func address(_ flag: String, _ value: Substring, isUnix: Bool) -> (String, String)? {
        if value.hasPrefix("/"),
            isUnix || socketFlags.contains(flag) || value.hasSuffix(".sock") || value.hasSuffix(".socket")
        {
            return ("unix:\(value)", "{socket}")
        }
        if portFlags.contains(flag), isPort(value) { return ("127.0.0.1:\(value)", "{port}") }
        if addressFlags.contains(flag), let colon = value.lastIndex(of: ":"),
            isPort(value[value.index(after: colon)...])
        {
            let host = value[..<colon]
            let reached = ["", "0.0.0.0", "*", "[::]", "localhost"].contains(String(host)) ? "127.0.0.1" : String(host)
            return ("\(reached):\(value[value.index(after: colon)...])", "\(host):{port}")
        }
        return nil
    }

    /// Digits, perhaps with the worker's number among them.
    private static func isPort(_ text: Substring) -> Bool {
        var digits = text.replacing("{n}", with: "1")
        for width in 2...9 { digits = digits.replacing("{n:0\(width)}", with: "1") }
        return !digits.isEmpty && digits.utf8.allSatisfy(isDigit)
    }
}
