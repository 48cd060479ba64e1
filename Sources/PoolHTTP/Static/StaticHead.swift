/// Heads of answers that are files.
package enum StaticHead {
    /// What a head needs at most beside the file's own fields and those of the front.
    package static let bytesMax = 512

    /// The fields that a file has in every answer, each with its CRLF.
    ///
    /// - Parameters:
    ///   - coding: `gzip`, `br`; nil where the file is what it is named.
    ///   - varies: whether there are other codings of it.
    package static func fields(
        type: String,
        tag: [UInt8],
        lastModified: [UInt8],
        coding: String?,
        varies: Bool,
        maxAgeSeconds: Int64?
    ) -> (all: [UInt8], unmodified: [UInt8]) {
        var same = Array("ETag: ".utf8) + tag + Array("\r\nLast-Modified: ".utf8) + lastModified + [13, 10]
        if varies { same += Array("Vary: Accept-Encoding\r\n".utf8) }
        if let maxAgeSeconds { same += Array("Cache-Control: max-age=\(maxAgeSeconds)\r\n".utf8) }
        var text = "Accept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n"
        if let coding { text += "Content-Encoding: \(coding)\r\n" }
        return (same + Array(text.utf8) + Array("Content-Type: \(type)\r\n".utf8), same)
    }

    /// What one answer says beside the fields.
    package struct Context {
        /// 200, 206, 304 or 416.
        package var status = 200
        /// Bytes of the body; nil for 304.
        package var length: UInt64?
        /// The one part that is sent, or nil; the file's size.
        package var part: Range<UInt64>?
        package var size: UInt64 = 0
        /// Of a body with several parts.
        package var boundary: [UInt8]?
        package var closes = false
        package var clientIsHTTP10 = false

        package init() {}
    }

    /// Writes a head; `out` has room for the fields and ``bytesMax``. The empty line is left to the caller.
    package static func write(
        _ context: Context,
        fields: [UInt8],
        date: UnsafePointer<UInt8>,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var writer = ByteWriter(out)
        switch context.status {
        case 206: writer.append("HTTP/1.1 206 Partial Content\r\n")
        case 304: writer.append("HTTP/1.1 304 Not Modified\r\n")
        case 416: writer.append("HTTP/1.1 416 Range Not Satisfiable\r\n")
        default: writer.append("HTTP/1.1 200 OK\r\n")
        }
        writer.append(fields)
        if let boundary = context.boundary {
            writer.append("Content-Type: multipart/byteranges; boundary=")
            writer.append(boundary)
            writer.append("\r\n")
        }
        if let part = context.part {
            writer.append("Content-Range: bytes ")
            writer.append(decimal: part.lowerBound)
            writer.append("-")
            writer.append(decimal: part.upperBound - 1)
            writer.append("/")
            writer.append(decimal: context.size)
            writer.append("\r\n")
        } else if context.status == 416 {
            writer.append("Content-Range: bytes */")
            writer.append(decimal: context.size)
            writer.append("\r\n")
        }
        if let length = context.length {
            writer.append("Content-Length: ")
            writer.append(decimal: length)
            writer.append("\r\n")
        }
        writer.append("Date: ")
        writer.append(date, HTTPDate.bytesCount)
        writer.append("\r\n")
        if context.closes {
            writer.append("Connection: close\r\n")
        } else if context.clientIsHTTP10 {
            writer.append("Connection: keep-alive\r\n")
        }
        return writer.count
    }

    /// What stands in front of each part of a body with several, and behind the last.
    package static func separator(
        _ boundary: [UInt8],
        type: String,
        part: Range<UInt64>,
        size: UInt64
    ) -> [UInt8] {
        let range = "\(part.lowerBound)-\(part.upperBound - 1)/\(size)"
        return Array("\r\n--".utf8) + boundary
            + Array("\r\nContent-Type: \(type)\r\nContent-Range: bytes \(range)\r\n\r\n".utf8)
    }

    package static func end(_ boundary: [UInt8]) -> [UInt8] {
        Array("\r\n--".utf8) + boundary + Array("--\r\n".utf8)
    }
}
