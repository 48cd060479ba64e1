/// What a request says about the form in which it wants a file (RFC 9110, 8.8, 13 and 14).
package struct StaticRequest {
    private let raw: UnsafePointer<UInt8>
    private var ifNoneMatch = ByteRange.none
    private var ifModifiedSince = ByteRange.none
    private var ifRange = ByteRange.none
    private var range = ByteRange.none
    private var codings = AcceptEncoding()
    /// Codings that the client takes.
    package var takesGzip: Bool { codings.takesGzip }
    package var takesBrotli: Bool { codings.takesBrotli }

    /// - Parameter fields: the table of the parser that read the head, unchanged since.
    package init(_ head: RequestHead, _ raw: UnsafePointer<UInt8>, fields: UnsafePointer<HeadField>) {
        self.raw = raw
        for index in 0..<head.facts.fieldsCount {
            let field = fields[index]
            let name = raw + Int(field.start)
            switch field.nameCount {
            case 5: if isFolded(name, 5, "range") { range = field.value }
            case 8: if isFolded(name, 8, "if-range") { ifRange = field.value }
            case 13: if isFolded(name, 13, "if-none-match") { ifNoneMatch = field.value }
            case 15: if isFolded(name, 15, "accept-encoding") { codings.read(field.value, raw) }
            case 17: if isFolded(name, 17, "if-modified-since") { ifModifiedSince = field.value }
            default: break
            }
        }
    }

    /// Whether the client has this very file already: 304. A date counts only where there is no tag to compare.
    package func isFresh(tag: [UInt8], lastModified: [UInt8], modifiedAt: Int64) -> Bool {
        if !ifNoneMatch.isEmpty {
            if ifNoneMatch.count == 1, raw[Int(ifNoneMatch.start)] == UInt8(ascii: "*") { return true }
            var list = TokenList(raw, ifNoneMatch)
            while let element = list.next() {
                var bytes = element.bytes(in: raw)
                // Weak comparison: for a file that is not sent.
                if bytes.starts(with: Array("W/".utf8)) { bytes = .init(rebasing: bytes.dropFirst(2)) }
                if bytes.elementsEqual(tag) { return true }
            }
            return false
        }
        guard !ifModifiedSince.isEmpty else { return false }
        let bytes = ifModifiedSince.bytes(in: raw)
        if bytes.elementsEqual(lastModified) { return true }
        return HTTPDate.read(bytes).map { modifiedAt <= $0 } ?? false
    }

    /// The parts of a file of this size that are wanted.
    package func parts(of size: UInt64, tag: [UInt8], lastModified: [UInt8]) -> FileParts {
        guard !range.isEmpty else { return .whole }
        if !ifRange.isEmpty {
            let bytes = ifRange.bytes(in: raw)
            guard bytes.elementsEqual(tag) || bytes.elementsEqual(lastModified) else { return .whole }
        }
        return FileParts(range.bytes(in: raw), size: size)
    }
}
