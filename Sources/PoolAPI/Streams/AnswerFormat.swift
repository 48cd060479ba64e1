/// The form in which a route answers: chosen by `Accept` and `follow`.
package enum AnswerFormat: Hashable, Sendable {
    case document
    case eventStream
    case ndjson

    /// Negotiates; nil means 406.
    ///
    /// - Parameters:
    ///   - accept: The `Accept` header; nil or empty accepts all.
    ///   - follow: Whether the query asks for a stream.
    ///   - route: What the request is for.
    package init?(accept: String?, follow: Bool, route: Route) {
        let isAny = accept?.allSatisfy { $0 == " " } ?? true
        let accepted = AnswerFormat.essences(accept)
        func accepts(_ type: MediaType) -> Bool {
            let main = type.essence.prefix { $0 != "/" }
            return isAny || accepted.contains(type.essence) || accepted.contains("*/*")
                || accepted.contains("\(main)/*")
        }
        if route.stream != nil {
            // A browser's EventSource names the type; curl with ?follow=true does not.
            if accepted.contains(MediaType.eventStream.essence) {
                self = .eventStream
                return
            }
            if accepted.contains(MediaType.ndjson.essence) {
                self = .ndjson
                return
            }
            if follow {
                guard accepts(.eventStream) || accepts(.json) else { return nil }
                self = .eventStream
                return
            }
        }
        guard accepts(route.mediaType) else { return nil }
        self = .document
    }

    package var mediaType: MediaType? {
        switch self {
        case .document: nil
        case .eventStream: .eventStream
        case .ndjson: .ndjson
        }
    }

    package func encode(_ record: StreamRecord) -> [UInt8] {
        switch self {
        case .ndjson: NDJSON.encode(record)
        case .document, .eventStream: ServerSentEvents.encode(record)
        }
    }

    private static func essences(_ accept: String?) -> [String] {
        (accept ?? "").split(separator: ",").compactMap { item in
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let essence = parts.first, !parts.dropFirst().contains("q=0") else { return nil }
            return essence
        }
    }
}
