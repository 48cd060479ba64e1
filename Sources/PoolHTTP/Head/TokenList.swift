/// Walks the elements of a comma-separated list value, without the white space around them; empty elements are skipped.
struct TokenList {
    private let raw: UnsafePointer<UInt8>
    private var position: Int
    private let end: Int

    @inline(__always)
    init(_ raw: UnsafePointer<UInt8>, _ range: ByteRange) {
        self.raw = raw
        position = Int(range.start)
        end = position &+ Int(range.count)
    }

    @inline(__always)
    mutating func next() -> ByteRange? {
        while position < end {
            var start = position
            while position < end && raw[position] != ASCII.comma { position &+= 1 }
            var stop = position
            position &+= 1
            while start < stop && ASCII.isBlank(raw[start]) { start &+= 1 }
            while stop > start && ASCII.isBlank(raw[stop &- 1]) { stop &-= 1 }
            if stop > start { return ByteRange(start, stop) }
        }
        return nil
    }
}

extension ConnectionOptions {
    /// Reads the value of a Connection field. Elements that are no tokens can name no field: without effect.
    @inline(__always)
    static func read(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> ConnectionOptions {
        // What nearly every client sends.
        if isFolded(raw + start, end &- start, "keep-alive") { return .keepAlive }
        return readList(raw, ByteRange(start, end))
    }

    @inline(never)
    private static func readList(_ raw: UnsafePointer<UInt8>, _ range: ByteRange) -> ConnectionOptions {
        var options: ConnectionOptions = []
        var list = TokenList(raw, range)
        while let element = list.next() {
            options.formUnion(option(raw + Int(element.start), Int(element.count)))
        }
        return options
    }

    private static func option(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> ConnectionOptions {
        if isFolded(bytes, count, "close") { return .close }
        if isFolded(bytes, count, "keep-alive") { return .keepAlive }
        if isFolded(bytes, count, "upgrade") { return .upgrade }
        return isFolded(bytes, count, "te") ? .te : .others
    }
}

/// Transfer codings other than a lone `chunked`, none of which is served.
enum TransferCoding {
    /// Tells codings that we do not implement (501) from lists that no two parsers may agree upon (400).
    @inline(never)
    static func fault(_ raw: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> HTTPFault {
        var list = TokenList(raw, ByteRange(start, end))
        var codings = 0
        var chunked = 0
        var isChunkedLast = false
        while let coding = list.next() {
            let bytes = raw + Int(coding.start)
            guard ByteClass.all(bytes, Int(coding.count), are: ByteClass.token) else { return .transferEncodingInvalid }
            codings += 1
            isChunkedLast = isFolded(bytes, Int(coding.count), "chunked")
            if isChunkedLast { chunked += 1 }
        }
        return codings > 1 && chunked == 1 && isChunkedLast ? .transferEncodingUnsupported : .transferEncodingInvalid
    }
}
