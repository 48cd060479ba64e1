/// One field line of a parsed head, as offsets into the raw bytes: 16 bytes.
///
/// Lines follow each other without a gap: a line ends where the next begins.
package struct HeadField: Hashable, Sendable {
    /// Where the name, and the line, begins.
    package var start: UInt32
    package var valueStart: UInt32
    /// The value's end, without the white space around it.
    package var valueEnd: UInt32
    package var nameCount: UInt16
    package var kind: FieldKind

    package var name: ByteRange { ByteRange(start: start, count: UInt32(nameCount)) }
    package var value: ByteRange { ByteRange(start: valueStart, count: valueEnd &- valueStart) }

    /// Whether the field has this name, given in lower case.
    package func isNamed(_ lowercase: UnsafePointer<UInt8>, _ count: Int, in raw: UnsafePointer<UInt8>) -> Bool {
        Int(nameCount) == count && isFolded(raw + Int(start), lowercase, count)
    }
}
