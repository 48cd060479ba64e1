/// A worker's slot in a pool: stable over restarts, reloads and upgrades of Pool itself.
///
/// What comes and goes is the process in the slot, counted by ``Life``.
package struct WorkerID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The pool's name, as in the profile's `[pool] name`.
    package var pool: String
    /// The worker's number: `first` (numprocs_start) up to `first + workers - 1`.
    package var number: Int

    package init(pool: String, number: Int) {
        self.pool = pool
        self.number = number
    }

    /// The worker's name for people and for selectors: `example_3`.
    package var description: String { "\(pool)_\(number)" }

    package static func < (left: WorkerID, right: WorkerID) -> Bool {
        (left.pool, left.number) < (right.pool, right.number)
    }
}

extension WorkerID: LosslessStringConvertible {
    /// Reads `example_3`: the number stands behind the last underscore. nil for anything else.
    package init?(_ text: String) {
        guard let split = text.lastIndex(of: "_"), split != text.startIndex else { return nil }
        let digits = text[text.index(after: split)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(digits) else {
            return nil
        }
        self.init(pool: String(text[..<split]), number: number)
    }
}

extension WorkerID {
    /// In JSON a worker is its name: `"example_3"`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = WorkerID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a worker's name: \(text)")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Which process of a worker: 1 for the first, one more for every start. An event that carries an older life than
/// the worker's present one is about a process that is gone, and must not touch the present one.
package typealias Life = UInt64

/// Which version of the profile a process was started from; 1 for the first, one more for every applied change.
package typealias Generation = UInt64

/// A process that cannot be confused with a later one of the same pid.
package struct ProcessIdentity: Hashable, Sendable, Codable, CustomStringConvertible {
    package var pid: Int32
    /// Field 22 of `/proc/PID/stat`: clock ticks after boot at which the process started.
    package var startTicks: UInt64

    package init(pid: Int32, startTicks: UInt64) {
        self.pid = pid
        self.startTicks = startTicks
    }

    package var description: String { "pid \(pid)" }
}

/// Names an operation: `op-17`. Numbers are never used twice in one state directory.
package struct OperationID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package var number: UInt64

    package init(number: UInt64) { self.number = number }

    /// Reads `op-17` or `17`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix("op-") ? text.dropFirst(3) : text[...]
        guard let number = UInt64(digits), !digits.hasPrefix("+") else { return nil }
        self.number = number
    }

    package var description: String { "op-\(number)" }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = OperationID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an operation id: \(text)")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package static func < (left: OperationID, right: OperationID) -> Bool { left.number < right.number }
}
