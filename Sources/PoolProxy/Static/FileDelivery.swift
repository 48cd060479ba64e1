/// A file on its way to a client: what is left of it.
final class FileDelivery {
    /// A stretch of the file, with bytes of ours in front of it (the separators of a body with several parts).
    struct Part {
        var before: [UInt8] = []
        var bytes: Range<UInt64>
    }

    let file: OpenFile
    private(set) var parts: [Part]
    /// Whether the client's connection ends behind it.
    let closes: Bool
    /// It is counted among those whose clients' sockets hold more than others do.
    var isRoomy = false

    init(_ file: OpenFile, parts: [Part], closes: Bool) {
        self.file = file
        // The last is sent first by taking it off the end.
        self.parts = parts.reversed()
        self.closes = closes
    }

    var next: Part? { parts.last }

    /// So many bytes of the next part have been sent, all of them behind what stands in front.
    func advance(_ count: UInt64) {
        guard var part = parts.popLast() else { return }
        part.before = []
        part.bytes = part.bytes.lowerBound + count..<part.bytes.upperBound
        if !part.bytes.isEmpty { parts.append(part) }
    }
}
