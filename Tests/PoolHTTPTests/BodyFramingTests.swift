import PoolHTTP
import PoolModel
import Testing

@Suite struct BodyFramingTests {
    /// What came of a body: what was forwarded, its payload, how much was taken, and the verdict.
    struct Outcome: Equatable {
        var forwarded: [UInt8] = []
        var payload: [UInt8] = []
        var consumed = 0
        var isDone = false
        var fault = HTTPFault.none
    }

    /// Feeds the bytes in pieces of a size, through both ways of taking them.
    static func run(_ framing: BodyFraming, _ bytes: [UInt8], pieces: Int) -> Outcome {
        var outcome = Outcome()
        var forwarding = framing
        var reading = framing
        var readerConsumed = 0
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            let piece = Array(bytes[start..<min(start + pieces, bytes.count)])
            piece.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                var offset = 0
                while offset < buffer.count && !forwarding.isDone && forwarding.fault == .none {
                    let step = forwarding.take(base + offset, buffer.count - offset)
                    #expect(step.forward <= step.consumed && step.consumed <= buffer.count - offset)
                    #expect(step.consumed > 0 || forwarding.fault != .none)
                    outcome.forwarded += buffer[offset..<offset + step.forward]
                    offset += step.consumed
                    outcome.consumed += step.consumed
                }
                offset = 0
                while offset < buffer.count && !reading.isDone && reading.fault == .none {
                    let part = reading.takePayload(base + offset, buffer.count - offset)
                    #expect(part.consumed > 0 || reading.fault != .none)
                    outcome.payload += buffer[offset + part.start..<offset + part.start + part.count]
                    offset += part.consumed
                    readerConsumed += part.consumed
                }
            }
        }
        outcome.isDone = forwarding.isDone
        outcome.fault = forwarding.fault
        #expect(reading.isDone == forwarding.isDone)
        #expect(reading.fault == forwarding.fault)
        if forwarding.fault == .none { #expect(readerConsumed == outcome.consumed) }
        return outcome
    }

    /// The outcome, which every way of splitting the bytes must share.
    static func outcome(_ framing: BodyFraming, _ text: String) -> Outcome {
        let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let whole = run(framing, bytes, pieces: max(1, bytes.count))
        for pieces in 1..<max(2, bytes.count) {
            var split = run(framing, bytes, pieces: pieces)
            if whole.fault != .none {
                // What was forwarded before a fault depends on the pieces; that it was refused does not.
                #expect(split.fault == whole.fault)
                split = whole
            }
            #expect(split == whole, "pieces of \(pieces)")
        }
        return whole
    }

    static func chunked(_ text: String, max: UInt64 = 0) -> Outcome {
        outcome(BodyFraming(chunkedUpTo: max), text)
    }

    @Test func counted() {
        let result = Self.outcome(BodyFraming(count: 5), "hello world")
        #expect(result.isDone && result.consumed == 5)
        #expect(result.payload == Array("hello".utf8))
        #expect(Self.outcome(BodyFraming(count: 5), "hell").isDone == false)
        #expect(BodyFraming(count: 0).isDone)
        #expect(BodyFraming(count: 0).mode == .none)
        #expect(!BodyFraming(count: 1).isCompleteAtEnd)
    }

    @Test func untilClose() {
        let result = Self.outcome(.untilClose, "hello")
        #expect(!result.isDone && result.consumed == 5)
        #expect(BodyFraming.untilClose.isCompleteAtEnd)
    }

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        ("0005\r\nhello\r\n00\r\n\r\n", "hello"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("5\r\nhello\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", "hello"),
    ])
    func chunksGoOnAsTheyAre(_ text: String, _ payload: String) {
        let result = Self.chunked(text + "GET / HTTP/1.1\r\n")
        #expect(result.isDone)
        #expect(result.fault == .none)
        #expect(result.consumed == text.utf8.count)
        #expect(result.forwarded == Array(text.utf8))
        #expect(result.payload == Array(payload.utf8))
    }

    @Test(arguments: [
        "5;a\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n", "5 ; a = b ; c\r\nhello\r\n0;last=1\r\n\r\n",
        "5;a=\"b;c\\\"d\"\r\nhello\r\n0\r\n\r\n", "5;a=\"\u{e9}\t\";b=\"\"\r\nhello\r\n0\r\n\r\n",
    ])
    func extensionsAreLeftOut(_ text: String) {
        let result = Self.chunked(text)
        #expect(result.isDone)
        #expect(result.fault == .none)
        #expect(String(decoding: result.forwarded, as: UTF8.self) == "5\r\nhello\r\n0\r\n\r\n")
        #expect(result.payload == Array("hello".utf8))
    }

    @Test(arguments: [
        ("\r\n", HTTPFault.chunkSizeInvalid), ("g\r\n", .chunkSizeInvalid), ("-1\r\n", .chunkSizeInvalid),
        ("+5\r\nhello", .chunkSizeInvalid), ("0x5\r\nhello", .chunkSizeInvalid), (" 5\r\nhello", .chunkSizeInvalid),
        ("5_0\r\n", .chunkSizeInvalid), ("5\n", .bareLineFeed), ("5\rhello", .bareCarriageReturn),
        ("5 \r\nhello", .chunkExtensionInvalid), ("5 6\r\n", .chunkExtensionInvalid),
        ("fffffffffffffffff\r\n", .chunkSizeTooLarge), ("ffffffffffffffff\r\n", .chunkSizeTooLarge),
        ("00000000000000005\r\n", .chunkSizeTooLarge), ("10000000000000000\r\n", .chunkSizeTooLarge),
        ("5;\r\nhello", .chunkExtensionInvalid), ("5;a=\r\nhello", .chunkExtensionInvalid),
        ("5;a\n", .bareLineFeed), ("5;a=\"b\r\n", .chunkExtensionInvalid), ("5;a=\"b\"c\r\n", .chunkExtensionInvalid),
        ("5;a b\r\n", .chunkExtensionInvalid), ("5;a \r\n", .chunkExtensionInvalid),
        ("5;=a\r\n", .chunkExtensionInvalid),
        ("5;a\rX\r\n", .bareCarriageReturn), ("5;a=\"\0\"\r\n", .chunkExtensionInvalid),
        ("5;a\0\r\n", .chunkExtensionInvalid),
        ("5\r\nhelloX\r\n", .chunkEndInvalid), ("5\r\nhello\n", .chunkEndInvalid), ("5\r\nhello\rX", .chunkEndInvalid),
        ("5\r\nhello!\r\n0\r\n\r\n", .chunkEndInvalid),
        ("0\r\nX\r\n\r\n", .trailerInvalid), ("0\r\nX : y\r\n", .trailerInvalid), ("0\r\n X: y\r\n", .trailerInvalid),
        ("0\r\n: y\r\n", .trailerInvalid), ("0\r\nX: y\n\r\n", .bareLineFeed), ("0\r\n\n", .bareLineFeed),
        ("0\r\nX: \0\r\n", .trailerInvalid), ("0\r\nX: y\rz\r\n", .bareCarriageReturn),
        ("0\r\n\rX", .bareCarriageReturn),
        ("0\r\nContent-Length: 5\r\n\r\n", .trailerForbidden), ("0\r\nhost: a\r\n\r\n", .trailerForbidden),
        ("0\r\nTRANSFER-ENCODING: chunked\r\n\r\n", .trailerForbidden),
        ("0\r\nSet-Cookie: a\r\n\r\n", .trailerForbidden),
        ("0\r\nX-SSL-Client-Verify: success\r\n\r\n", .trailerForbidden),
        ("0\r\nx_ssl_client_names: a\r\n\r\n", .trailerForbidden),
        ("0\r\nX_Forwarded_For: a\r\n\r\n", .trailerForbidden), ("0\r\nPool-Worker: a\r\n\r\n", .trailerForbidden),
    ])
    func malformedChunks(_ text: String, _ fault: HTTPFault) {
        let result = Self.chunked(text)
        #expect(result.fault == fault)
        #expect(!result.isDone)
        // A receiver of what was forwarded must not see a whole message.
        let seen = result.forwarded.withUnsafeBufferPointer { buffer in
            var framing = BodyFraming(chunkedUpTo: 0)
            var offset = 0
            while let base = buffer.baseAddress, offset < buffer.count, !framing.isDone, framing.fault == .none {
                offset += framing.take(base + offset, buffer.count - offset).consumed
            }
            return framing
        }
        #expect(!seen.isDone)
        #expect(seen.fault == .none)
    }

    /// What a rule sets or removes in the head cannot be said behind the body; everything else can.
    @Test(arguments: [
        ("X-User: a", true), ("x_USER: a", true), ("X-Gone: a", true), ("X-Users: a", false), ("X-Use: a", false),
        ("grpc-status: 0", false), ("Host: a", true),
    ])
    func trailersThatRulesAreAbout(_ line: String, _ isRefused: Bool) throws {
        let rules = try HeaderRules([HeaderRule(name: "X-User", value: "b"), HeaderRule(name: "X_Gone", value: nil)])
        let plan = RequestPlan(rules: rules)
        // The framing only borrows them.
        let result = withExtendedLifetime(plan) {
            let framing = BodyFraming(chunkedUpTo: 0, ruled: plan.ruledTrailers)
            return Self.outcome(framing, "1\r\na\r\n0\r\nX: y\r\n\(line)\r\n\r\n")
        }
        #expect(result.fault == (isRefused ? .trailerForbidden : .none))
        #expect(result.isDone != isRefused)
        #expect(RequestPlan().ruledTrailers == nil)
    }

    @Test func boundsOfExtensionsAndTrailers() {
        let long = String(repeating: "a", count: 4094)
        #expect(Self.run(BodyFraming(chunkedUpTo: 0), Array("0;\(long)\r\n\r\n".utf8), pieces: 5000).fault == .none)
        #expect(
            Self.run(BodyFraming(chunkedUpTo: 0), Array("0;\(long)aa\r\n\r\n".utf8), pieces: 5000).fault
                == .chunkExtensionTooLong
        )
        let trailer = "X: " + String(repeating: "a", count: 1000) + "\r\n"
        let trailers = String(repeating: trailer, count: 9)
        #expect(
            Self.run(BodyFraming(chunkedUpTo: 0), Array("0\r\n\(trailers)\r\n".utf8), pieces: 700).fault
                == .trailersTooLarge
        )
    }

    @Test func payloadLimit() {
        #expect(Self.chunked("5\r\nhello\r\n0\r\n\r\n", max: 5).isDone)
        #expect(Self.chunked("5\r\nhello\r\n0\r\n\r\n", max: 4).fault == .bodyTooLarge)
        #expect(Self.chunked("3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n", max: 6).isDone)
        #expect(Self.chunked("3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n", max: 5).fault == .bodyTooLarge)
        #expect(Self.chunked("7fffffff;a=b\r\n", max: 5).fault == .bodyTooLarge)
        func framing(_ length: Int, _ max: UInt64) -> HTTPFault {
            let request = ParsedRequest("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
            return BodyFraming(of: request.head, bodyMax: max).fault
        }
        #expect(framing(5, 5) == .none)
        #expect(framing(6, 5) == .bodyTooLarge)
        #expect(framing(6, 0) == .none)
    }
}
