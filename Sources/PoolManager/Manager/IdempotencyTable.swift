internal import PoolAPI
internal import PoolModel

/// Which operation each key of the last so many mutations began, so that a request sent twice acts once.
struct IdempotencyTable {
    private struct Entry {
        var key: IdempotencyKey
        var request: [UInt8]
        var operation: OperationID
    }

    /// Bounded: the oldest key goes.
    private var entries = Ring<Entry>(capacity: Limits.operationsMax)

    /// The operation that a key stands for; nil for a new key.
    ///
    /// - Throws: where the key came with another request.
    func operation(of key: IdempotencyKey, request: [UInt8]) throws(Problem) -> OperationID? {
        for position in (entries.start..<entries.end).reversed() where entries[position].key == key {
            guard entries[position].request == request else {
                throw Problem(.keyReused, "the key \(key) came before with another request", object: "header")
            }
            return entries[position].operation
        }
        return nil
    }

    mutating func remember(_ key: IdempotencyKey, request: [UInt8], operation: OperationID) {
        entries.append(Entry(key: key, request: request, operation: operation))
    }
}
