package import PoolModel

/// Which answers are compressed, and how their heads change for that (RFC 9110, 8.4 and 8.8.3).
package struct GzipRule: Sendable {
    /// In lower case; of `text/*` what stands in front of the asterisk.
    private let types: [(prefix: [UInt8], isWhole: Bool)]
    private let bytesMin: Int

    package init(_ spec: GzipSpec) {
        types = spec.types.map { type in
            let type = type.lowercased()
            return type.hasSuffix("*") ? (Array(type.dropLast().utf8), false) : (Array(type.utf8), true)
        }
        bytesMin = spec.bytesMin
    }

    /// Whether an answer is of the kind that is compressed, for whoever asks for it.
    ///
    /// Not what is a part, has a coding already, or may not be transformed; not 1xx, 204, 304 and the like.
    package func applies(
        to head: ResponseHead,
        _ raw: UnsafePointer<UInt8>,
        fields: UnsafePointer<HeadField>
    ) -> Bool {
        guard head.status >= 200, ![204, 205, 206, 304].contains(head.status) else { return false }
        if !head.isChunked, head.contentLength >= 0, head.contentLength < bytesMin { return false }
        var isType = false
        for index in 0..<head.facts.fieldsCount {
            let field = fields[index]
            let name = raw + Int(field.start)
            switch field.nameCount {
            case 12: if isFolded(name, 12, "content-type") { isType = isCompressed(field.value.bytes(in: raw)) }
            case 13:
                if isFolded(name, 13, "content-range") { return false }
                if isFolded(name, 13, "cache-control"), holds("no-transform", field.value, raw) { return false }
            case 16: if isFolded(name, 16, "content-encoding") { return false }
            default: break
            }
        }
        return isType
    }

    private func isCompressed(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        let type = value.prefix { $0 != ASCII.semicolon && !ASCII.isBlank($0) }
            .map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        return types.contains { $0.isWhole ? type == $0.prefix : type.starts(with: $0.prefix) }
    }

    private func holds(_ word: StaticString, _ value: ByteRange, _ raw: UnsafePointer<UInt8>) -> Bool {
        var list = TokenList(raw, value)
        while let element = list.next() {
            if isFolded(raw + Int(element.start), Int(element.count), word) { return true }
        }
        return false
    }

    /// Bytes by which a head may grow.
    package static let growthBytes = 96

    /// The head of an answer as it is sent: with `Vary`, and where it is compressed without what was true of the plain
    /// body only. An ETag becomes weak: the bytes are others, the meaning is the same.
    package static func rewritten(_ head: UnsafeBufferPointer<UInt8>, isCompressed: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(head.count + growthBytes)
        var varies = false
        var start = 0
        // Whole lines; the last is the empty one.
        while start < head.count, let end = head[start...].firstIndex(of: ASCII.lineFeed) {
            let line = UnsafeBufferPointer(rebasing: head[start...end])
            start = end + 1
            if line.count <= 2 { break }
            let colon = line.firstIndex(of: ASCII.colon) ?? line.count
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            if name == "vary" {
                let value = String(decoding: line[colon...], as: UTF8.self).lowercased()
                if value.contains("accept-encoding") || value.contains("*") { varies = true }
            }
            guard isCompressed else {
                result += line
                continue
            }
            switch name {
            case "content-length", "transfer-encoding", "accept-ranges", "trailer", "content-md5", "digest",
                "content-digest":
                continue
            case "etag" where !String(decoding: line, as: UTF8.self).contains("W/"):
                result += Array("ETag: W/".utf8) + line[(colon + 1)...].drop(while: ASCII.isBlank)
            default: result += line
            }
        }
        if !varies { result += Array("Vary: Accept-Encoding\r\n".utf8) }
        if isCompressed { result += Array("Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n".utf8) }
        return result + [13, 10]
    }
}
