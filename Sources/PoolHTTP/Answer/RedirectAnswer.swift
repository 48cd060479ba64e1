/// The answer that sends a client to the same host and path over https.
package enum RedirectAnswer {
    /// What else the head may need beside the request's own bytes.
    package static let growthBytes = 256

    /// 301 for GET and HEAD, which every client follows; 308 for the others, which keeps their method and body.
    package static func status(for method: HTTPMethod) -> Int { method == .get || method == .head ? 301 : 308 }

    /// Writes the answer; `out` has room for the request's head and ``growthBytes``.
    ///
    /// - Parameters:
    ///   - head: complete, without a fault, with an authority, and not in asterisk form.
    ///   - port: of the https address.
    ///   - date: 29 bytes of an HTTP date.
    /// - Returns: the bytes written.
    package static func write(
        _ head: RequestHead,
        _ raw: UnsafePointer<UInt8>,
        port: UInt16,
        date: UnsafePointer<UInt8>,
        closes: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        writer.append("HTTP/1.1 ")
        writer.append(
            status(for: head.method) == 301 ? "301 Moved Permanently" : "308 Permanent Redirect"
        )
        writer.append("\r\nLocation: https://")
        writer.append(host(of: head, raw), of: raw)
        if port != 443 {
            writer.append(":")
            writer.append(decimal: UInt64(port))
        }
        if head.path.isEmpty { writer.append("/") } else { writer.append(head.path, of: raw) }
        writer.append("\r\nContent-Length: 0\r\nDate: ")
        writer.append(date, HTTPDate.bytesCount)
        writer.append(closes ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n")
        return writer.count
    }

    /// The authority without its port.
    private static func host(of head: RequestHead, _ raw: UnsafePointer<UInt8>) -> ByteRange {
        let authority = head.authority
        var count = Int(authority.count)
        var end = count
        while count > 0 {
            count -= 1
            let byte = raw[Int(authority.start) + count]
            if byte == UInt8(ascii: "]") { break }
            if byte == UInt8(ascii: ":") {
                end = count
                break
            }
        }
        return ByteRange(Int(authority.start), Int(authority.start) + end)
    }
}
