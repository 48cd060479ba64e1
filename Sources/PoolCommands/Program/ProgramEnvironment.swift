internal import PoolAPI
package import PoolClient
package import PoolModel

/// ArgumentParser has a type of this name too.
typealias ExitCode = PoolAPI.ExitCode

/// All that a command needs of the world around it; tests hand in their own.
package struct ProgramEnvironment {
    package enum Channel: Hashable, Sendable {
        /// Only asked about whether it is a terminal.
        case input, output, errors
    }

    /// Writes all bytes. Throws ``OutputClosed`` when the reader has gone (`poolctl logs -f | head`), a ``PoolError``
    /// where the bytes are lost otherwise (a full disk).
    package var write: (Channel, [UInt8]) throws -> Void
    package var isTerminal: (Channel) -> Bool
    /// Whether somebody can still read the output.
    package var isOutputOpen: () -> Bool
    /// The terminal's width; nil where there is none.
    package var columns: () -> Int?
    package var variables: [String: String]
    package var userID: UInt32
    package var now: () -> Timestamp
    package var connect: (Endpoint) -> any PoolSession
    /// Whether the user has pressed Ctrl-C.
    package var isInterrupted: () -> Bool
    /// Reads a file whole, bounded. Throws a ``PoolError`` that names it.
    package var readFile: (_ path: String) throws -> [UInt8]
    /// Whether there is something at a path, or may be: what may not be looked at counts.
    package var exists: (_ path: String) -> Bool
    /// Whether a path is a directory.
    package var isDirectory: (_ path: String) -> Bool
    /// Writes a new file. Throws a ``PoolError`` where there is one already.
    package var writeFile: (_ path: String, _ text: String) throws -> Void
    /// The paths that a shell pattern matches, sorted.
    package var find: (_ pattern: String) -> [String]
    /// Every variable; ``variables`` are those that commands themselves look at.
    package var allVariables: () -> [String: String]
    package var hostName: () -> String
    /// How many this process may use.
    package var processors: () -> Int
    /// Absolute.
    package var workingDirectory: () -> String
    /// A line that the user types; nil at the end of the input.
    package var readLine: () -> String?
    /// How many descriptors a process may have (the soft limit).
    package var descriptorsMax: () -> UInt64
    /// Whether the machine knows a user of this name, from whatever source.
    package var hasUser: (_ name: String) -> Bool
    /// Why nobody could listen there now; nil where one could.
    package var bindFailure: (Address) -> BindFailure?
    /// Becomes another program of ours. Returns only by throwing.
    package var execute: (_ program: String, _ arguments: [String]) throws -> Void

    package init(
        write: @escaping (Channel, [UInt8]) throws -> Void,
        isTerminal: @escaping (Channel) -> Bool,
        isOutputOpen: @escaping () -> Bool,
        columns: @escaping () -> Int?,
        variables: [String: String],
        userID: UInt32,
        now: @escaping () -> Timestamp,
        connect: @escaping (Endpoint) -> any PoolSession,
        isInterrupted: @escaping () -> Bool,
        readFile: @escaping (_ path: String) throws -> [UInt8],
        exists: @escaping (_ path: String) -> Bool,
        isDirectory: @escaping (_ path: String) -> Bool,
        writeFile: @escaping (_ path: String, _ text: String) throws -> Void,
        find: @escaping (_ pattern: String) -> [String],
        allVariables: @escaping () -> [String: String],
        hostName: @escaping () -> String,
        processors: @escaping () -> Int,
        workingDirectory: @escaping () -> String,
        readLine: @escaping () -> String?,
        descriptorsMax: @escaping () -> UInt64,
        hasUser: @escaping (_ name: String) -> Bool,
        bindFailure: @escaping (Address) -> BindFailure?,
        execute: @escaping (_ program: String, _ arguments: [String]) throws -> Void
    ) {
        self.write = write
        self.isTerminal = isTerminal
        self.isOutputOpen = isOutputOpen
        self.columns = columns
        self.variables = variables
        self.userID = userID
        self.now = now
        self.connect = connect
        self.isInterrupted = isInterrupted
        self.readFile = readFile
        self.exists = exists
        self.isDirectory = isDirectory
        self.writeFile = writeFile
        self.find = find
        self.allVariables = allVariables
        self.hostName = hostName
        self.processors = processors
        self.workingDirectory = workingDirectory
        self.readLine = readLine
        self.descriptorsMax = descriptorsMax
        self.hasUser = hasUser
        self.bindFailure = bindFailure
        self.execute = execute
    }
}

/// Why an address cannot be listened at.
package struct BindFailure: Hashable, Sendable {
    package var why: String
    /// Somebody else listens there.
    package var isInUse: Bool

    package init(_ why: String, isInUse: Bool = false) {
        self.why = why
        self.isInUse = isInUse
    }
}

/// Nobody reads the output any more: the command ends quietly.
package struct OutputClosed: Error {
    package init() {}
}
