/// The status line and headers of an answer.
struct ResponseHead: Hashable, Sendable {
    var status: Int
    /// Names in lower case; of repeated headers the last.
    var headers: [String: String] = [:]
}
