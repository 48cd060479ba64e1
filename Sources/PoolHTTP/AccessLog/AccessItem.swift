/// One piece of an access log line.
struct AccessItem: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable {
        /// Fixed text.
        case literal
        // Taken from the request's head while it is at hand
        case requestLine, method, target, path, query, version, requestID, user, requestField
        // Taken from the response's head
        case responseField
        // Known at the end
        case peer, time, timeRFC3339, pid, status, bodyBytes, bodyBytesOrDash, bytesIn, bytesOut
        case seconds, secondsExact, milliseconds, microseconds
        case pool, worker, attempts, queueTime, connectTime, firstByteTime, totalTime, termination
        /// What we do not know, such as the client's name by identd.
        case dash

        var isOfRequest: Bool {
            rawValue >= Kind.requestLine.rawValue && rawValue <= Kind.requestField.rawValue
        }
    }

    var kind: Kind
    /// The literal, or a field's name in lower case.
    var text: [UInt8] = []
    /// In JSON: a value that stands in quotes, or `null`.
    var isString = false
}
