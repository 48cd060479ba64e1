/// Whether a request whose exchange with a worker failed may be sent again, to the same worker or another.
///
/// A pure function, so that the whole rule is one table (checked row by row in its test):
///
/// | what happened | method | body held | verdict |
/// |---|---|---|---|
/// | any byte of the response came | any | any | no |
/// | no connection | any | yes | again |
/// | nothing arrived: the send failed at once (EPIPE, ECONNRESET) | any | yes | again |
/// | reset before the response, unix connection or a reused one | any | yes | again |
/// | reset before the response, fresh TCP connection | idempotent | yes | again |
/// | end of stream before the response | idempotent | yes | again |
/// | no first byte in time | idempotent | yes | again, on another worker |
/// | no first byte in time | other | any | no |
/// | anything | any | no | no |
///
/// Why the reset is a proof: the peer that closes with our bytes unread makes our read fail with ECONNRESET; the peer
/// that has read everything gives a clean end of stream. So the worker never had the whole request, and even a POST is
/// safe. A partial read followed by a close looks the same. On TCP a reset may also come from between the two, or from
/// a worker that aborts; a connection that has carried an exchange was closed idle, but on a fresh one it proves nothing.
package struct RetryRule: Hashable, Sendable {
    package enum Failure: UInt8, Hashable, Sendable, CaseIterable {
        /// The connection was refused, or did not come about in time.
        case connect
        /// No byte arrived: the first send failed and took none, or the kernel shows it otherwise.
        case sendNothing
        /// The read failed with ECONNRESET before the first byte of a response.
        case reset
        /// The stream ended before the first byte of a response.
        case endOfStream
        /// The worker sent something that is no response head, before anything was passed on.
        case malformed
        /// No answer came in time: the worker may still be at it, which an idempotent request may be twice. The owner
        /// repeats it once only: a client does not wait for each worker's time-out in turn.
        case timedOut
    }

    package enum Verdict: UInt8, Hashable, Sendable {
        /// Fail: answer 502 or 504, or cut.
        case no
        /// On another worker; the same where there is no other.
        case onAnother
        /// On a fresh connection, first to the same worker: only the connection was stale.
        case onFresh
    }

    package var failure: Failure
    package var method: HTTPMethod
    /// The connection had carried an exchange before.
    package var isReused: Bool
    package var isUnixSocket: Bool
    /// All bytes of the request so far are still held, and can be sent again.
    package var isHeld: Bool
    /// A byte of a response was received (interim answers too).
    package var hasResponseBegun: Bool

    package init(
        _ failure: Failure,
        method: HTTPMethod,
        isReused: Bool,
        isUnixSocket: Bool,
        isHeld: Bool,
        hasResponseBegun: Bool
    ) {
        self.failure = failure
        self.method = method
        self.isReused = isReused
        self.isUnixSocket = isUnixSocket
        self.isHeld = isHeld
        self.hasResponseBegun = hasResponseBegun
    }

    package var verdict: Verdict {
        if hasResponseBegun || !isHeld { return .no }
        switch failure {
        case .connect: return .onAnother
        case .sendNothing: return isReused ? .onFresh : .onAnother
        case .reset:
            guard isReused || isUnixSocket || method.isIdempotent else { return .no }
            return isReused ? .onFresh : .onAnother
        case .endOfStream: return method.isIdempotent ? (isReused ? .onFresh : .onAnother) : .no
        case .timedOut: return method.isIdempotent ? .onAnother : .no
        case .malformed: return .no
        }
    }
}

/// How many retries are allowed: a share of the requests, and at least a few, so that a pool in trouble is not
/// drowned in repeats. Counts are halved now and then by the owner, so that the share is of recent requests.
package struct RetryBudget: Hashable, Sendable {
    /// 0...1.
    package var share: Double
    package var retriesMin: UInt64
    /// The share is of the last 10,000 to 20,000 requests: what was saved up on a quiet day is not spent in one bad
    /// minute.
    package static let window: UInt64 = 20_000

    package private(set) var requests: UInt64 = 0
    package private(set) var retries: UInt64 = 0

    package init(share: Double = 0.2, retriesMin: UInt64 = 3) {
        self.share = min(max(share, 0), 1)
        self.retriesMin = retriesMin
    }

    @inline(__always)
    package mutating func countRequest() {
        requests &+= 1
        if requests >= RetryBudget.window { decay() }
    }

    /// Takes one retry out of the budget; false where there is none left.
    package mutating func takeRetry() -> Bool {
        guard retries < retriesMin || Double(retries + 1) <= Double(requests) * share else { return false }
        retries += 1
        return true
    }

    /// Forgets half of the past.
    private mutating func decay() {
        requests /= 2
        retries /= 2
    }
}
