internal import Glibc
internal import PoolModel

/// The command line of a role, which this program writes for itself: `--name value` pairs, then operands.
///
/// Not ArgumentParser's: a role stays in memory for months, and is started while requests wait. Its reflection would
/// cost each of them megabytes and milliseconds.
struct RoleArguments {
    private let role: Role
    private var values: [String: String] = [:]
    private(set) var operands: [String] = []

    init(_ role: Role, _ words: some Sequence<String>) {
        self.role = role
        var words = words.makeIterator()
        while let word = words.next() {
            if operands.isEmpty, word.hasPrefix("--"), let value = words.next() {
                values[String(word.dropFirst(2))] = value
            } else {
                operands.append(word)
            }
        }
    }

    /// Ends the process where there is none: somebody else started the role.
    func required(_ name: String) -> String {
        if let value = values[name] { return value }
        stop(
            "poold \(role.rawValue): --\(name) is missing; poold starts this role itself, see `poold run --help`",
            code: 2
        )
    }

    func number(_ name: String) -> Int32? { values[name].flatMap { Int32($0) } }

    var directories: Directories {
        Directories(runtime: required("runtime-dir"), state: required("state-dir"))
    }
}

extension Directories {
    /// As options of a command line.
    var words: [String] { ["--runtime-dir", runtime, "--state-dir", state] }
}
