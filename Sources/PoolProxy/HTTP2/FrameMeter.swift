internal import PoolHTTP
internal import PoolModel

/// Watches the frames of one client's HTTP/2 connection for floods: much work for us that costs the client little; and
/// for what the protocol forbids but the library passes over.
///
/// Each kind has an allowance that grows back with time. Frames are looked at before the library acts on them, by their
/// nine bytes of header alone. Pure; times in milliseconds of the loop's clock.
struct FrameMeter {
    /// What there is too much of. The raw value goes into the GOAWAY frame, for whoever has to find out.
    enum Flood: String, CaseIterable {
        case settings = "too many SETTINGS frames"
        case pings = "too many PING frames"
        /// CVE-2023-44487: streams opened and reset at once. Streams that the client makes us reset count too
        /// (CVE-2025-8671).
        case resets = "too many streams are reset"
        case priorities = "too many PRIORITY frames"
        case continuations = "too many CONTINUATION frames"
        case emptyFrames = "too many empty frames"
        case windowUpdates = "too many WINDOW_UPDATE frames"
        case fields = "a header section is far larger than the limit"
        case unknown = "too many frames of unknown types"

        var counter: StatsCounter {
            switch self {
            case .settings: .floodSettings
            case .pings: .floodPings
            case .resets: .floodResets
            case .priorities: .floodPriorities
            case .continuations: .floodContinuations
            case .emptyFrames: .floodEmptyFrames
            case .windowUpdates: .floodWindowUpdates
            case .fields: .floodFields
            case .unknown: .floodUnknown
            }
        }
    }

    /// What RFC 9113 forbids and the library passes over. The raw value goes into the GOAWAY frame.
    enum Fault: String {
        case streamClosed = "a frame for a stream that the client has ended"
        case streamPassedOver = "a stream is opened whose number was passed over"
        case priorityOfConnection = "PRIORITY without a stream"
    }

    /// Why a connection is ended.
    enum Objection {
        case flood(Flood)
        case fault(Fault)
    }

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    /// Bytes of the client's connection preface, behind which the frames begin.
    static let prefaceBytes = 24
    /// CONTINUATION frames of one header section: with 16 KiB each enough for the largest head that can be configured.
    static let continuationsMax = 8

    /// So many at once, and so many a second.
    private struct Allowance {
        let most: Double
        let perSecond: Double
        private var left: Double
        private var at: UInt64

        init(_ most: Double, perSecond: Double, now: UInt64) {
            self.most = most
            self.perSecond = perSecond
            left = most
            at = now
        }

        mutating func take(now: UInt64) -> Bool {
            left = min(most, left + Double(now &- at) * perSecond / 1000)
            at = now
            left -= 1
            return left >= 0
        }
    }

    private var settings: Allowance
    private var pings: Allowance
    private var resets: Allowance
    private var priorities: Allowance
    private var emptyFrames: Allowance
    private var windowUpdates: Allowance
    private var unknown: Allowance
    private var continuations = 0
    /// Payload bytes of the present frame, or bytes of the preface, still to come.
    private var left = FrameMeter.prefaceBytes
    /// The bytes of a header that has not come whole: length, type and flags, and the stream's number.
    private var header: UInt64 = 0
    private var number: UInt32 = 0
    private var headerCount = 0
    private var ledger: StreamLedger
    /// Once the client knows which stream is the last that is answered, it may send what it likes on later ones.
    var judgesStreams = true

    init(now: UInt64, streamsMax: Int) {
        ledger = StreamLedger(streamsMax: streamsMax)
        settings = Allowance(20, perSecond: 1, now: now)
        pings = Allowance(100, perSecond: 10, now: now)
        resets = Allowance(200, perSecond: 33, now: now)
        priorities = Allowance(500, perSecond: 100, now: now)
        emptyFrames = Allowance(100, perSecond: 10, now: now)
        windowUpdates = Allowance(10_000, perSecond: 100_000, now: now)
        unknown = Allowance(100, perSecond: 10, now: now)
    }

    /// Looks at what was received; what is wrong with it, if anything.
    mutating func read(_ bytes: UnsafePointer<UInt8>, _ count: Int, now: UInt64) -> Objection? {
        var position = 0
        while position < count {
            if left > 0 {
                let step = min(left, count - position)
                left -= step
                position += step
                continue
            }
            // Length (24 bits), type, flags; then a reserved bit and 31 of the stream's number.
            if headerCount < 5 {
                header = header << 8 | UInt64(bytes[position])
            } else {
                number = number << 8 | UInt32(bytes[position])
            }
            headerCount += 1
            position += 1
            guard headerCount == 9 else { continue }
            let length = Int(header >> 16)
            let kind = UInt8(truncatingIfNeeded: header >> 8)
            let flags = UInt8(truncatingIfNeeded: header)
            let stream = number & 0x7fff_ffff
            header = 0
            number = 0
            headerCount = 0
            left = length
            if let flood = note(kind, flags, length, now) { return .flood(flood) }
            if let fault = judge(kind, flags, stream) { return .fault(fault) }
        }
        return nil
    }

    /// The server has reset a stream: what still comes for it was on its way.
    mutating func noteDropped(_ stream: Int32) { ledger.drop(UInt32(bitPattern: stream)) }

    private mutating func judge(_ kind: UInt8, _ flags: UInt8, _ stream: UInt32) -> Fault? {
        guard judgesStreams else { return nil }
        let isLast = flags & 1 != 0
        let fault: StreamLedger.Fault?
        switch kind {
        case Kind.headers: fault = ledger.headers(stream, isLast: isLast)
        case Kind.data: fault = ledger.data(stream, isLast: isLast)
        case Kind.reset:
            ledger.reset(stream)
            return nil
        case Kind.priority: return stream == 0 ? .priorityOfConnection : nil
        default: return nil
        }
        switch fault {
        case .closed: return .streamClosed
        case .passedOver: return .streamPassedOver
        case nil: return nil
        }
    }

    /// A stream was reset, by the client or for its fault.
    mutating func noteReset(now: UInt64) -> Flood? { resets.take(now: now) ? nil : .resets }

    private mutating func note(_ kind: UInt8, _ flags: UInt8, _ length: Int, _ now: UInt64) -> Flood? {
        switch kind {
        case Kind.data:
            let isLast = flags & 1 != 0
            return length > 0 || isLast || emptyFrames.take(now: now) ? nil : .emptyFrames
        case Kind.headers:
            continuations = 0
            return nil
        case Kind.continuation:
            continuations += 1
            return continuations <= FrameMeter.continuationsMax ? nil : .continuations
        case Kind.priority: return priorities.take(now: now) ? nil : .priorities
        case Kind.reset: return noteReset(now: now)
        case Kind.settings: return settings.take(now: now) ? nil : .settings
        case Kind.ping: return pings.take(now: now) ? nil : .pings
        case Kind.windowUpdate: return windowUpdates.take(now: now) ? nil : .windowUpdates
        default: return unknown.take(now: now) ? nil : .unknown
        }
    }
}
