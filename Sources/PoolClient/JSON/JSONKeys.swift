/// The keys of an object, or the words of an enumeration, each found by its bytes.
struct JSONKeys {
    private let bytes: [UInt8]
    private let starts: [Int]

    /// - Parameter names: In alphabetical order, as the daemon writes them.
    init(_ names: [String]) {
        var bytes: [UInt8] = []
        var starts = [0]
        for name in names {
            bytes += name.utf8
            starts.append(bytes.count)
        }
        self.bytes = bytes
        self.starts = starts
    }

    var count: Int { starts.count - 1 }

    /// Which name a text is; nil for none. Looked for from a place on, and then from the beginning: where keys come in
    /// order, the first look finds the next one.
    @inline(__always)
    func index(of text: UnsafeBufferPointer<UInt8>, from hint: Int = 0) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            starts.withUnsafeBufferPointer { starts in
                let count = starts.count - 1
                var index = hint < count ? hint : 0
                for _ in 0..<count {
                    let start = starts[index]
                    if starts[index + 1] - start == text.count, isSame(bytes, start, text) { return index }
                    index = index + 1 < count ? index + 1 : 0
                }
                return nil
            }
        }
    }

    /// Compares from the end: keys begin alike more often than they end alike.
    @inline(__always)
    private func isSame(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var offset = text.count - 1
        while offset >= 0 {
            if bytes[start + offset] != text[offset] { return false }
            offset -= 1
        }
        return true
    }
}
