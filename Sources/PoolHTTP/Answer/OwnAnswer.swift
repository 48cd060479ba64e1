/// An answer of the proxy's own, complete in bytes: status line, `Pool-Error` with the reason, and a body that says it.
///
/// Every error of ours says which one it is, never a bare 502. Build those without particulars once:
///
///     let noWorker = OwnAnswer(status: 503, reason: "no-worker", explanation: "no worker is ready")
///     noWorker.write(accepts: …, date: …, closes: true, isHead: false, to: out)
///
/// `reason` follows ``ProbeHeader/errorName``: a word and parameters, `connect-failed; errno=111`.
package struct OwnAnswer: Hashable, Sendable {
    package let status: Int
    package let reason: String
    private let jsonHead: [UInt8]
    private let jsonBody: [UInt8]
    private let textHead: [UInt8]
    private let textBody: [UInt8]
    /// What is in the head whatever the body is, but for the date.
    private let common: [UInt8]

    /// - Parameters:
    ///   - reason: visible ASCII; other bytes are replaced, so that no text can add a field.
    ///   - explanation: one sentence without its full stop, for people.
    ///   - fields: more field lines, each with its CRLF (`Retry-After: 1\r\n`).
    package init(status: Int, reason: String, explanation: String, fields: String = "") {
        let phrase = StatusPhrase.of(status)
        let safe = String(decoding: reason.utf8.map { $0 >= 32 && $0 < 127 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        let text = "\(status) \(phrase)\n\(explanation) (\(safe))\n"
        let json =
            "{\"type\":\"about:blank\",\"title\":\"\(phrase)\",\"status\":\(status),"
            + "\"detail\":\"\(JSONText.escaped(explanation))\",\"reason\":\"\(JSONText.escaped(safe))\"}\n"
        func head(_ type: String, _ count: Int) -> [UInt8] {
            Array(
                ("HTTP/1.1 \(status) \(phrase)\r\nContent-Type: \(type)\r\nContent-Length: \(count)\r\n"
                    + "Cache-Control: no-store\r\nPool-Error: \(safe)\r\n\(fields)").utf8
            )
        }
        common = Array(
            "HTTP/1.1 \(status) \(phrase)\r\nCache-Control: no-store\r\nPool-Error: \(safe)\r\n\(fields)".utf8
        )
        self.status = status
        self.reason = safe
        textBody = Array(text.utf8)
        jsonBody = Array(json.utf8)
        textHead = head("text/plain; charset=utf-8", textBody.count)
        jsonHead = head("application/problem+json", jsonBody.count)
    }

    /// The answer to a malformed request.
    package init(_ fault: HTTPFault) {
        self.init(status: fault.status, reason: "malformed; fault=\(fault.label)", explanation: "\(fault.explanation)")
    }

    /// Bytes of the body in that form.
    package func bodyBytes(asJSON: Bool, isHead: Bool) -> Int {
        isHead ? 0 : asJSON ? jsonBody.count : textBody.count
    }

    /// Room that ``write(acceptsJSON:date:closes:isHead:to:)`` needs at most.
    package var bytesMax: Int { max(jsonHead.count + jsonBody.count, textHead.count + textBody.count) + 80 }

    /// Writes the answer and returns its bytes. Nothing is allocated.
    ///
    /// - Parameters:
    ///   - acceptsJSON: whether the client prefers JSON (``Accept/prefersJSON(_:_:_:)``).
    ///   - date: 29 bytes of an HTTP date; nil writes none.
    ///   - closes: whether the connection is closed behind it.
    ///   - isHead: whether the request was HEAD, which gets no body.
    package func write(
        acceptsJSON: Bool,
        date: UnsafePointer<UInt8>?,
        closes: Bool,
        isHead: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        writer.append(acceptsJSON ? jsonHead : textHead)
        if let date {
            writer.append("Date: ")
            writer.append(date, HTTPDate.bytesCount)
            writer.append("\r\n")
        }
        if closes { writer.append("Connection: close\r\n") }
        writer.append("\r\n")
        if !isHead { writer.append(acceptsJSON ? jsonBody : textBody) }
        return writer.count
    }

    /// Writes the head for a body of somebody else's words, and returns its bytes. The caller sends the body.
    ///
    /// - Parameters:
    ///   - type: the body's `Content-Type`.
    ///   - length: the body's bytes, said to HEAD too.
    package func writeHead(
        type: String,
        length: Int,
        date: UnsafePointer<UInt8>?,
        closes: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        writer.append(common)
        writer.append(Array("Content-Type: \(type)\r\nContent-Length: \(length)\r\n".utf8))
        if let date {
            writer.append("Date: ")
            writer.append(date, HTTPDate.bytesCount)
            writer.append("\r\n")
        }
        if closes { writer.append("Connection: close\r\n") }
        writer.append("\r\n")
        return writer.count
    }
}

/// What a client's Accept fields say of the two forms of an error body.
package enum Accept {
    /// Whether JSON is named (`application/json`, `application/problem+json`, `*+json`) and plain text or HTML is not:
    /// browsers and curl get text, programs that ask for JSON get JSON.
    package static func prefersJSON(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        fields: UnsafePointer<HeadField>
    ) -> Bool {
        guard head.facts.kinds.has(.accept) else { return false }
        var hasJSON = false
        for index in 0..<head.facts.fieldsCount where fields[index].kind == .accept {
            var list = TokenList(raw, fields[index].value)
            while let element = list.next() {
                let bytes = raw + Int(element.start)
                var count = 0
                while count < Int(element.count) && bytes[count] != ASCII.semicolon && !ASCII.isBlank(bytes[count]) {
                    count += 1
                }
                if isFolded(bytes, count, "text/html") || isFolded(bytes, count, "text/plain") { return false }
                if isFolded(bytes, count, "application/json") || count > 5 && isFolded(bytes + (count - 5), 5, "+json")
                {
                    hasJSON = true
                }
            }
        }
        return hasJSON
    }
}
