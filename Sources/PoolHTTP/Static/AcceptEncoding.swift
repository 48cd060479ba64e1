/// The codings that a client takes (RFC 9110, 12.5.3).
package struct AcceptEncoding: Hashable, Sendable {
    package private(set) var takesGzip = false
    package private(set) var takesBrotli = false

    /// Takes none.
    package init() {}

    /// - Parameter fields: the table of the parser that read the head, unchanged since.
    package init(_ head: RequestHead, _ raw: UnsafePointer<UInt8>, fields: UnsafePointer<HeadField>) {
        for index in 0..<head.facts.fieldsCount where fields[index].nameCount == 15 {
            if isFolded(raw + Int(fields[index].start), 15, "accept-encoding") { read(fields[index].value, raw) }
        }
    }

    /// A coding counts where it is named without `q=0`.
    mutating func read(_ value: ByteRange, _ raw: UnsafePointer<UInt8>) {
        var list = TokenList(raw, value)
        while let element = list.next() {
            let bytes = raw + Int(element.start)
            let count = Int(element.count)
            var name = 0
            while name < count && bytes[name] != ASCII.semicolon && !ASCII.isBlank(bytes[name]) { name += 1 }
            guard !isRefused(bytes + name, count - name) else { continue }
            if isFolded(bytes, name, "gzip") { takesGzip = true }
            if isFolded(bytes, name, "br") { takesBrotli = true }
        }
    }

    private func isRefused(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let text = UnsafeBufferPointer(start: bytes, count: count).filter {
            !ASCII.isBlank($0) && $0 != ASCII.semicolon
        }
        return text.starts(with: Array("q=0".utf8)) && !text.dropFirst(3).contains { $0 >= 49 && $0 <= 57 }
    }
}
