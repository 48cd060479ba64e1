internal import CZlib
internal import PoolModel

/// A piece of a compressed log file: one gzip member (RFC 1952), which says in its header how long it is and which
/// lines it holds.
///
/// A compressed log file is a row of members, which `zcat` reads as one text. A query hops from header to header, and
/// unpacks only what it may find something in.
///
/// ```
/// 1f 8b 08 04  mtime(4)=0  xfl=0 os=3  xlen(2)=44        little-endian, as all of gzip
/// 'P' 'L' length(2)=40  bytes(8) first(8) last(8) earliest(8) latest(8)
/// deflated text, crc32(4), size(4)
/// ```
struct LogMember: Hashable {
    /// Of the whole member, header and all.
    var bytes: UInt64
    /// Numbers of the first and the last line; 0 where no line is ours.
    var first: UInt64
    var last: UInt64
    /// The latest time of a line, in microseconds: a clock that was set back does not make it earlier.
    var latest: Int64

    static let headerBytes = 56
    /// Text of a member that is unpacked: more than is ever packed.
    static let textBytesMax = 16 << 20
    /// Bytes of a member that is read: incompressible text grows by a thousandth.
    static let bytesMax = UInt64(textBytesMax + (1 << 20))
    private static let level: Int32 = 4
    private static let trailerBytes = 8

    /// Reads a header; nil for what is none of ours.
    init?(header: [UInt8]) {
        guard header.count >= LogMember.headerBytes,
            header.starts(with: [0x1f, 0x8b, 8, 4]), header[10] == 44, header[11] == 0,
            header[12] == UInt8(ascii: "P"), header[13] == UInt8(ascii: "L"), header[14] == 40, header[15] == 0
        else { return nil }
        func number(_ index: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(header[16 + index * 8 + $1]) << (8 * UInt64($1)) }
        }
        bytes = number(0)
        first = number(1)
        last = number(2)
        latest = Int64(bitPattern: number(4))
        guard bytes > UInt64(LogMember.headerBytes + LogMember.trailerBytes), bytes <= LogMember.bytesMax,
            first <= last
        else { return nil }
    }

    /// Packs whole records; nil where there is no memory.
    static func pack(_ text: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard cz_raw_init(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, UInt(text.count)))
        var output = [UInt8](repeating: 0, count: headerBytes + room + trailerBytes)
        var source = text
        let packed = source.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { output -> Int? in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = output.baseAddress.map { $0 + headerBytes }
                stream.avail_out = UInt32(room)
                guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
                return room - Int(stream.avail_out)
            }
        }
        guard let packed else { return nil }
        let sum = text.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        output.removeLast(room - packed)
        write(UInt64(sum) | UInt64(UInt32(truncatingIfNeeded: text.count)) << 32, at: headerBytes + packed, &output)
        output.replaceSubrange(0..<16, with: [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 44, 0, 0x50, 0x4c, 40, 0])
        let range = LogText.range(of: text)
        let fields = [
            UInt64(output.count), range.first, range.last, UInt64(bitPattern: range.earliest),
            UInt64(bitPattern: range.latest),
        ]
        for (index, field) in fields.enumerated() { write(field, at: 16 + index * 8, &output) }
        return output
    }

    private static func write(_ number: UInt64, at offset: Int, _ output: inout [UInt8]) {
        for byte in 0..<8 { output[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(byte))) }
    }

    /// Unpacks a member; nil where it is damaged.
    static func unpack(_ member: [UInt8]) -> [UInt8]? {
        guard member.count > headerBytes + trailerBytes else { return nil }
        let size = member.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard size <= textBytesMax else { return nil }
        var stream = z_stream()
        guard cz_gunzip_init(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var source = member
        var isWhole = false
        let text = [UInt8](unsafeUninitializedCapacity: max(1, size)) { output, count in
            source.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END
                count = output.count - Int(stream.avail_out)
            }
        }
        return isWhole && text.count == size ? text : nil
    }
}
