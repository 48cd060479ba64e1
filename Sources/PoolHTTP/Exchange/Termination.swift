/// How an exchange ended: two letters in the access log, in HAProxy's manner.
///
/// First, who ended it:
///
/// | | |
/// |---|---|
/// | `-` | nobody: it ended as it should |
/// | `C` | the client closed or reset its connection |
/// | `c` | the client's time was up |
/// | `S` | the worker closed, reset or refused |
/// | `s` | the worker's time was up |
/// | `P` | the proxy refused it: malformed, too large, limit |
/// | `R` | the proxy had no memory or descriptors left for it |
/// | `F` | the proxy cut it: its HTTP/2 connection was a flood |
/// | `K` | the proxy cut it: shutdown, or an operator |
///
/// Second, in which phase:
///
/// | | |
/// |---|---|
/// | `R` | reading the request head |
/// | `B` | reading the request body |
/// | `Q` | waiting for a worker |
/// | `C` | connecting to the worker |
/// | `H` | waiting for the response head |
/// | `D` | passing the response body on |
/// | `T` | in a tunnel |
/// | `-` | done |
package struct Termination: Hashable, Sendable {
    package enum Cause: UInt8, Hashable, Sendable, CaseIterable {
        case none = 0x2d
        case client = 0x43
        case clientTimeout = 0x63
        case worker = 0x53
        case workerTimeout = 0x73
        case proxy = 0x50
        case resources = 0x52
        case flood = 0x46
        case killed = 0x4b
    }

    package enum Phase: UInt8, Hashable, Sendable, CaseIterable {
        case done = 0x2d
        case request = 0x52
        case body = 0x42
        case queue = 0x51
        case connect = 0x43
        case header = 0x48
        case data = 0x44
        case tunnel = 0x54
    }

    package var cause: Cause
    package var phase: Phase

    package static let normal = Termination(.none, .done)

    package init(_ cause: Cause, _ phase: Phase) {
        self.cause = cause
        self.phase = phase
    }

    /// The two letters, for people: `--`, `SH`.
    package var code: String { String(decoding: [cause.rawValue, phase.rawValue], as: UTF8.self) }
}
