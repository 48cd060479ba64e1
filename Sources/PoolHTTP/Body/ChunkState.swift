/// The grammar of the chunked coding (RFC 9112, 7.1), one byte at a time, without the payload.
///
/// | phase | takes | then |
/// |---|---|---|
/// | size | hexadecimal digits; `;` or blank; CR | size; extension; sizeLineFeed |
/// | extension phases | `*( BWS ";" BWS name [ BWS "=" BWS value ] )` | CR: sizeLineFeed |
/// | sizeLineFeed | LF | payload, or trailerStart after a size of 0 |
/// | payloadCarriageReturn, payloadLineFeed | CR, LF | size |
/// | trailerStart | CR; a token character | lastLineFeed; trailerName |
/// | trailerName, trailerValue, trailerLineFeed | a field line | trailerStart |
/// | lastLineFeed | LF | done |
struct ChunkState: Hashable, Sendable {
    enum Phase: UInt8, Hashable, Sendable {
        case size
        // Within an extension
        case blank, nameStart, name, nameBlank, valueStart, value, quoted, quotedPair, quotedEnd
        case sizeLineFeed, payload, payloadCarriageReturn, payloadLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case done
    }

    /// Bytes of all extensions of one body. Beyond: ``HTTPFault/chunkExtensionTooLong``.
    static let extensionBytesMax: UInt16 = 4096
    /// Bytes of a trailer section. Beyond: ``HTTPFault/trailersTooLarge``.
    static let trailerBytesMax: UInt16 = 8192
    /// Digits of a size, leading zeros included.
    private static let digitsMax: UInt8 = 16

    var phase = Phase.size
    private var digits: UInt8 = 0
    private var extensionBytes: UInt16 = 0
    private var trailerBytes: UInt16 = 0
    /// Of the trailer's name so far.
    private var nameHash = ForbiddenTrailers.emptyHash
    /// Names that are refused besides ``ForbiddenTrailers``.
    private let ruled: RuledTrailers.Borrowed

    init(ruled: RuledTrailers? = nil) { self.ruled = RuledTrailers.Borrowed(ruled) }

    var isInExtension: Bool { phase.rawValue >= Phase.blank.rawValue && phase.rawValue <= Phase.quotedEnd.rawValue }

    /// Whether this byte would begin an extension.
    @inline(__always)
    func beginsExtension(_ byte: UInt8) -> Bool {
        phase == .size && (byte == ASCII.semicolon || ASCII.isBlank(byte))
    }

    /// Takes one byte, which is no payload; `size` is the chunk's size as far as it is known.
    @inline(__always)
    mutating func take(_ byte: UInt8, _ size: inout UInt64) -> HTTPFault {
        switch phase {
        case .size: takeSize(byte, &size)
        case .sizeLineFeed: takeLineFeed(byte, then: size == 0 ? .trailerStart : .payload, or: .bareCarriageReturn)
        case .payloadCarriageReturn: takeCarriageReturn(byte)
        case .payloadLineFeed: takeChunkEnd(byte)
        case .trailerStart, .trailerName, .trailerValue: takeTrailer(byte)
        case .trailerLineFeed: takeLineFeed(byte, then: .trailerStart, or: .bareCarriageReturn)
        case .lastLineFeed: takeLineFeed(byte, then: .done, or: .bareCarriageReturn)
        case .blank, .nameStart, .name, .nameBlank, .valueStart, .value, .quoted, .quotedPair, .quotedEnd:
            takeExtension(byte)
        case .payload, .done: preconditionFailure("illegal: \(phase) takes no framing byte")
        }
    }

    @inline(__always)
    private mutating func takeSize(_ byte: UInt8, _ size: inout UInt64) -> HTTPFault {
        let lower = byte | 0x20
        let digit: UInt8 = ASCII.isDigit(byte) ? byte &- ASCII.zero : lower &- 97 < 6 ? lower &- 87 : 255
        if digit != 255 {
            if digits == 0 { size = 0 }
            if digits == ChunkState.digitsMax || size >> 58 != 0 { return .chunkSizeTooLarge }
            digits &+= 1
            size = size << 4 | UInt64(digit)
            return .none
        }
        if digits == 0 { return .chunkSizeInvalid }
        switch byte {
        case ASCII.carriageReturn:
            digits = 0
            phase = .sizeLineFeed
        case ASCII.semicolon, ASCII.space, ASCII.tab:
            digits = 0
            phase = byte == ASCII.semicolon ? .nameStart : .blank
            return countExtensionByte()
        case ASCII.lineFeed: return .bareLineFeed
        default: return .chunkSizeInvalid
        }
        return .none
    }

    @inline(__always)
    private mutating func takeLineFeed(_ byte: UInt8, then next: Phase, or fault: HTTPFault) -> HTTPFault {
        if byte != ASCII.lineFeed { return fault }
        phase = next
        return .none
    }

    @inline(__always)
    private mutating func takeCarriageReturn(_ byte: UInt8) -> HTTPFault {
        if byte != ASCII.carriageReturn { return .chunkEndInvalid }
        phase = .payloadLineFeed
        return .none
    }

    @inline(__always)
    private mutating func takeChunkEnd(_ byte: UInt8) -> HTTPFault {
        takeLineFeed(byte, then: .size, or: .chunkEndInvalid)
    }

    private mutating func countExtensionByte() -> HTTPFault {
        if extensionBytes == ChunkState.extensionBytesMax { return .chunkExtensionTooLong }
        extensionBytes += 1
        return .none
    }

    @inline(never)
    private mutating func takeExtension(_ byte: UInt8) -> HTTPFault {
        guard let next = extensionPhase(after: byte) else {
            return byte == ASCII.lineFeed ? .bareLineFeed : .chunkExtensionInvalid
        }
        phase = next
        return countExtensionByte()
    }

    private func extensionPhase(after byte: UInt8) -> Phase? {
        let isToken = ByteClass.table[Int(byte)] & ByteClass.token != 0
        let isText = byte >= ASCII.space && byte != 0x7f || byte == ASCII.tab
        let isBlank = ASCII.isBlank(byte)
        let isEnd = byte == ASCII.carriageReturn
        switch phase {
        case .blank: return isBlank ? .blank : byte == ASCII.semicolon ? .nameStart : nil
        case .nameStart: return isBlank ? .nameStart : isToken ? .name : nil
        case .name where isToken: return .name
        case .name where isEnd: return .sizeLineFeed
        case .name, .nameBlank:
            if isBlank { return .nameBlank }
            return byte == ASCII.equals ? .valueStart : byte == ASCII.semicolon ? .nameStart : nil
        case .valueStart: return isBlank ? .valueStart : isToken ? .value : byte == ASCII.quote ? .quoted : nil
        case .value where isToken: return .value
        case .quoted:
            if byte == ASCII.quote { return .quotedEnd }
            return byte == ASCII.backslash ? .quotedPair : isText ? .quoted : nil
        case .quotedPair: return isText ? .quoted : nil
        case .value, .quotedEnd:
            if isEnd { return .sizeLineFeed }
            return isBlank ? .blank : byte == ASCII.semicolon ? .nameStart : nil
        case .size, .sizeLineFeed, .payload, .payloadCarriageReturn, .payloadLineFeed, .trailerStart, .trailerName,
            .trailerValue, .trailerLineFeed, .lastLineFeed, .done:
            return nil
        }
    }

    @inline(never)
    private mutating func takeTrailer(_ byte: UInt8) -> HTTPFault {
        if trailerBytes == ChunkState.trailerBytesMax { return .trailersTooLarge }
        trailerBytes += 1
        let isToken = ByteClass.table[Int(byte)] & ByteClass.token != 0
        switch phase {
        case .trailerStart where byte == ASCII.carriageReturn: phase = .lastLineFeed
        case .trailerStart where isToken:
            nameHash = ForbiddenTrailers.hash(ForbiddenTrailers.emptyHash, byte)
            phase = .trailerName
        case .trailerName where isToken: nameHash = ForbiddenTrailers.hash(nameHash, byte)
        case .trailerName where byte == ASCII.colon:
            if ForbiddenTrailers.contains(nameHash) || ruled.contains(nameHash) { return .trailerForbidden }
            phase = .trailerValue
        case .trailerValue where byte == ASCII.carriageReturn: phase = .trailerLineFeed
        case .trailerValue where byte >= ASCII.space && byte != 0x7f || byte == ASCII.tab: break
        default: return byte == ASCII.lineFeed ? .bareLineFeed : .trailerInvalid
        }
        return .none
    }
}
