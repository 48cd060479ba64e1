/// The lines of a trailer section that framing has found valid, for a version that has its own form of fields.
package struct TrailerLines {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// - Parameter text: from the first line on; the empty line at the end may be there.
    package init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The next field.
    package mutating func next() -> (name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>)? {
        var end = position
        while end < text.count && text[end] != ASCII.carriageReturn { end += 1 }
        guard end < text.count, end > position else { return nil }
        var colon = position
        while colon < end && text[colon] != ASCII.colon { colon += 1 }
        guard colon < end else { return nil }
        var start = colon + 1
        while start < end && ASCII.isBlank(text[start]) { start += 1 }
        var last = end
        while last > start && ASCII.isBlank(text[last - 1]) { last -= 1 }
        defer { position = end + 2 }
        return (
            UnsafeBufferPointer(rebasing: text[position..<colon]), UnsafeBufferPointer(rebasing: text[start..<last])
        )
    }
}
