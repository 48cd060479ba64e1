/// The content types of the control API.
package enum MediaType: String, Hashable, Sendable, CaseIterable {
    case json = "application/json"
    /// RFC 9457 problem documents: every answer of 400 and above.
    case problem = "application/problem+json"
    case eventStream = "text/event-stream"
    /// One JSON object a line, for clients that do not speak server-sent events.
    case ndjson = "application/x-ndjson"
    /// Prometheus' text format.
    case metrics = "text/plain; version=0.0.4; charset=utf-8"

    /// The type and subtype without parameters.
    package var essence: String { String(rawValue.prefix { $0 != ";" }) }
}
