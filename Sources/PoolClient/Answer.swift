package import PoolAPI
private import PoolModel

/// A whole answer: status, content type, body.
package struct Answer: Hashable, Sendable {
    package var status: Int
    package var mediaType: String
    package var body: [UInt8]
    /// The daemon's version, where it says so: for the message about an older daemon.
    package var version: String?

    package init(status: Int, mediaType: String = MediaType.json.rawValue, body: [UInt8], version: String? = nil) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
        self.version = version
    }

    /// Throws where the daemon refused: with its problem document, else with what can be said of the status.
    ///
    /// 503 with JSON is an answer too: `GET /v1/health` has it.
    package func check() throws(SessionError) {
        if (200..<300).contains(status) { return }
        if mediaType.hasPrefix(MediaType.problem.essence),
            let problem = try? JSONCoding.decode(Problem.self, from: body)
        {
            // A daemon of this version has every route that this program asks for.
            let isOfRoute = problem.detail.hasPrefix("there is no \(APIVersion.prefix)/")
            if problem.code == .notFound, isOfRoute { throw unknown }
            throw SessionError(problem)
        }
        if status == 503, mediaType.hasPrefix(MediaType.json.essence) { return }
        let text = String(decoding: body.prefix(200), as: UTF8.self)
        if status == 404 { throw unknown }
        throw SessionError(.incompatible, "the daemon answered \(status)\(text.isEmpty ? "" : ": \(text)")")
    }

    private var unknown: SessionError {
        SessionError(
            .incompatible,
            "the daemon\(version.map { " (version \($0))" } ?? "") does not know this request",
            remedy: "it is older than this program (\(APIVersion.product)): upgrade and restart it"
        )
    }

    /// The reply read the fast way; nil where it is no JSON, or is to be judged by the slow one.
    private func quick<Reply>(_ type: Reply.Type) -> Reply? {
        guard mediaType.hasPrefix(MediaType.json.essence), type != [UInt8].self,
            let type = type as? any Decodable.Type
        else { return nil }
        return StreamJSON.quick(type, from: body) as? Reply
    }

    /// The reply of a request, or the reason why there is none.
    package func reply<Reply>(to request: APIRequest<Reply>) throws(SessionError) -> Reply {
        try check()
        if let value = quick(Reply.self) { return value }
        do {
            return try request.reply(from: body)
        } catch {
            throw SessionError(
                .incompatible,
                "the daemon\(version.map { " (version \($0))" } ?? "") sent what this program"
                    + " (version \(APIVersion.product)) does not understand: \(error.message)",
                remedy: "run the same version of both"
            )
        }
    }
}
