/// Where a body ends, byte by byte, however it is split over reads. A plain struct of a few words.
///
/// For passing a body on:
///
///     while count > 0 && !framing.isDone {
///         let step = framing.take(bytes, count)
///         if framing.fault != .none { cut both sides; nothing of this call is to be sent }
///         send(bytes, step.forward); bytes += step.consumed; count -= step.consumed
///     }
///
/// A body by length takes one step for each read, and so does a chunked one without extensions. A chunk extension is
/// checked and left out: `consumed` is then larger than `forward`. What was forwarded before a fault never
/// completes a message, because the body's last byte is only ever taken after everything before it was found valid.
///
/// For the payload alone (an HTTP/1.0 client, a reader), call ``takePayload(_:_:)`` instead.
package struct BodyFraming: Hashable, Sendable {
    package enum Mode: UInt8, Hashable, Sendable { case none, counted, chunked, untilClose }

    /// What one call took: `forward` bytes to pass on, the rest of `consumed` to leave out.
    package struct Step: Hashable, Sendable {
        package var consumed: Int
        package var forward: Int
    }

    /// A run of payload within what one call took.
    package struct Payload: Hashable, Sendable {
        package var consumed: Int
        package var start: Int
        package var count: Int
    }

    package let mode: Mode
    package private(set) var isDone: Bool
    package private(set) var fault = HTTPFault.none
    /// Counted: bytes still to come. Chunked: of the present chunk.
    private var left: UInt64
    /// Payload bytes that may still be announced: beyond, ``HTTPFault/bodyTooLarge``.
    private var allowance: UInt64
    private var chunks: ChunkState

    /// A body of a known length, or none.
    @inline(__always)
    package init(count: Int) {
        mode = count == 0 ? .none : .counted
        isDone = count == 0
        left = UInt64(truncatingIfNeeded: count)
        allowance = 0
        chunks = ChunkState()
    }

    /// A body in chunks.
    ///
    /// - Parameters:
    ///   - payloadMax: bytes of payload that are allowed; 0 is unlimited.
    ///   - ruled: names that may not come in its trailer section; the caller keeps them for as long as the framing.
    package init(chunkedUpTo payloadMax: UInt64, ruled: RuledTrailers? = nil) {
        mode = .chunked
        isDone = false
        left = 0
        allowance = payloadMax == 0 ? .max : payloadMax
        chunks = ChunkState(ruled: ruled)
    }

    /// A response body that ends with the connection; the caller sees its end.
    package static let untilClose = BodyFraming(untilClose: ())

    private init(untilClose: Void) {
        mode = .untilClose
        isDone = false
        left = 0
        allowance = 0
        chunks = ChunkState()
    }

    /// The body of a request: by length, chunked or none. A length above the limit has ``HTTPFault/bodyTooLarge`` at once.
    ///
    /// - Parameters:
    ///   - bodyMax: bytes that are allowed; 0 is unlimited.
    ///   - ruled: names that may not come in its trailer section; the caller keeps them for as long as the framing.
    @inline(__always)
    package init(of head: RequestHead, bodyMax: UInt64, ruled: RuledTrailers? = nil) {
        if head.isChunked {
            self.init(chunkedUpTo: bodyMax, ruled: ruled)
        } else {
            self.init(count: max(0, head.contentLength))
            if bodyMax != 0 && left > bodyMax { fault = .bodyTooLarge }
        }
    }

    /// The next bytes belong to the trailer section: ``takePayload(_:_:)`` stops in front of each of its lines.
    package var isInTrailers: Bool {
        mode == .chunked && chunks.phase.rawValue >= ChunkState.Phase.trailerStart.rawValue && !isDone
    }

    /// Whether the bytes so far are a whole body if the connection ends now.
    package var isCompleteAtEnd: Bool { isDone || mode == .untilClose }

    /// Takes bytes of the body; call again with what is left until ``isDone``, a fault, or no bytes.
    @inline(__always)
    package mutating func take(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Step {
        switch mode {
        case .counted:
            let taken = takeCounted(count)
            return Step(consumed: taken, forward: taken)
        case .chunked: return takeChunked(bytes, count)
        case .untilClose: return Step(consumed: count, forward: count)
        case .none: return Step(consumed: 0, forward: 0)
        }
    }

    /// Takes bytes up to the end of one run of payload; `count` 0 means that only framing was taken.
    package mutating func takePayload(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Payload {
        switch mode {
        case .counted:
            let taken = takeCounted(count)
            return Payload(consumed: taken, start: 0, count: taken)
        case .chunked: return takeChunkPayload(bytes, count)
        case .untilClose: return Payload(consumed: count, start: 0, count: count)
        case .none: return Payload(consumed: 0, start: 0, count: 0)
        }
    }

    @inline(__always)
    private mutating func takeCounted(_ count: Int) -> Int {
        if UInt64(truncatingIfNeeded: count) < left {
            left &-= UInt64(truncatingIfNeeded: count)
            return count
        }
        let taken = Int(truncatingIfNeeded: left)
        left = 0
        isDone = true
        return taken
    }

    @inline(never)
    private mutating func takeChunked(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Step {
        var index = 0
        while index < count && !isDone {
            if chunks.phase == .payload {
                index &+= takePayloadRun(count &- index)
                continue
            }
            let byte = bytes[index]
            if chunks.beginsExtension(byte) || chunks.isInExtension {
                // What came before an extension goes on first; the extension is a step of its own.
                if index > 0 { return Step(consumed: index, forward: index) }
                return skipExtension(bytes, count)
            }
            let fault = chunks.take(byte, &left)
            if fault != .none { return fail(fault) }
            index &+= 1
            if !noteProgress() { return fail(.bodyTooLarge) }
        }
        return Step(consumed: index, forward: index)
    }

    /// Checks an extension, or a part of it, and leaves it out. It ends before its line's CR, which ends the size line.
    @inline(never)
    private mutating func skipExtension(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Step {
        var index = 0
        while index < count {
            // The CR that ends the line goes on, in a step of its own.
            if bytes[index] == ASCII.carriageReturn && index > 0 { break }
            let fault = chunks.take(bytes[index], &left)
            if fault != .none { return fail(fault) }
            if !chunks.isInExtension { return noteProgress() ? Step(consumed: 1, forward: 1) : fail(.bodyTooLarge) }
            index &+= 1
        }
        return Step(consumed: index, forward: 0)
    }

    @inline(never)
    private mutating func takeChunkPayload(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Payload {
        var index = 0
        while index < count && !isDone {
            if chunks.phase == .payload {
                let run = takePayloadRun(count &- index)
                return Payload(consumed: index &+ run, start: index, count: run)
            }
            let fault = chunks.take(bytes[index], &left)
            if fault != .none || !noteProgress() {
                _ = fail(fault == .none ? .bodyTooLarge : fault)
                return Payload(consumed: 0, start: 0, count: 0)
            }
            index &+= 1
            if chunks.phase == .trailerStart { break }
        }
        return Payload(consumed: index, start: index, count: 0)
    }

    /// Looks at what the byte just taken has led to. False where the payload is larger than allowed.
    @inline(__always)
    private mutating func noteProgress() -> Bool {
        if chunks.phase == .sizeLineFeed {
            return left <= allowance
        }
        if chunks.phase == .done { isDone = true }
        return true
    }

    @inline(__always)
    private mutating func takePayloadRun(_ available: Int) -> Int {
        let run = Int(truncatingIfNeeded: min(left, UInt64(truncatingIfNeeded: available)))
        left &-= UInt64(truncatingIfNeeded: run)
        allowance &-= UInt64(truncatingIfNeeded: run)
        if left == 0 { chunks.phase = .payloadCarriageReturn }
        return run
    }

    private mutating func fail(_ fault: HTTPFault) -> Step {
        self.fault = fault
        return Step(consumed: 0, forward: 0)
    }
}
