internal import PoolModel
internal import PoolOS
internal import Testing

/// Whatever is written is read back, and nothing that is read can harm: seeded, so that a failure repeats.
struct KeeperCodecTests {
    private func text(_ random: inout SeededRandom) -> String {
        let alphabet = Array("aZ09_/=- \u{0}é漢🦉\n")
        return String(
            (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" }
        )
    }

    private func texts(_ random: inout SeededRandom) -> [String] {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in text(&random) }
    }

    private func process(_ random: inout SeededRandom) -> ProcessIdentity {
        ProcessIdentity(
            pid: .random(in: .min ... .max, using: &random),
            startTicks: .random(in: 0 ... .max, using: &random)
        )
    }

    private func spawn(_ random: inout SeededRandom) -> SpawnRequest {
        var request = SpawnRequest(executable: text(&random), arguments: texts(&random), environment: texts(&random))
        if Bool.random(using: &random) { request.directory = text(&random) }
        if Bool.random(using: &random) { request.umask = .random(in: 0...0o777, using: &random) }
        request.session = SpawnRequest.Session.allCases.randomElement(using: &random) ?? .group
        if Bool.random(using: &random) {
            request.credentials = SpawnRequest.Credentials(
                userID: .random(in: 0 ... .max, using: &random),
                groupID: .random(in: 0 ... .max, using: &random),
                groups: (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(in: 0 ... .max, using: &random) }
            )
        }
        request.limits = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            ResourceLimit(
                resource: .random(in: .min ... .max, using: &random),
                soft: .random(in: 0 ... .max, using: &random),
                hard: .random(in: 0 ... .max, using: &random)
            )
        }
        if Bool.random(using: &random) { request.nice = .random(in: -20...19, using: &random) }
        if Bool.random(using: &random) { request.oomScoreAdjustment = .random(in: -1000...1000, using: &random) }
        request.killsGroupAtEnd = Bool.random(using: &random)
        return request
    }

    private func request(_ random: inout SeededRandom) -> KeeperRequest {
        let id = UInt64.random(in: 0 ... .max, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .hello(version: .random(in: 0 ... .max, using: &random))
        case 1:
            let targets = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Int32.random(in: 0...99, using: &random)
            }
            return .spawn(id: id, spawn(&random), targets: targets, tag: text(&random))
        case 2: return .signal(id: id, process(&random), signal: 15, asGroup: Bool.random(using: &random))
        case 3: return .acknowledge(process(&random))
        case 4: return .store(id: id, name: text(&random))
        case 5: return .drop(name: text(&random))
        case 6: return .list(id: id)
        case 7: return .ready
        case 8: return .failed(code: .random(in: .min ... .max, using: &random), message: text(&random))
        case 9: return .shutdownLimit(milliseconds: id)
        case 10: return .nextManager(executable: text(&random), arguments: texts(&random))
        default: return .finish(code: .random(in: .min ... .max, using: &random))
        }
    }

    private func child(_ random: inout SeededRandom) -> KeeperChild {
        let reasons: [ExitReason] = [
            .exited(code: 3), .signaled(signal: 9, coreDumped: false), .signaled(signal: 11, coreDumped: true),
            .unknown,
        ]
        let end = KeeperExit(
            reason: reasons.randomElement(using: &random) ?? .unknown,
            at: Timestamp(microseconds: .random(in: .min ... .max, using: &random)),
            cpuMicroseconds: .random(in: 0 ... .max, using: &random),
            residentKiBMax: .random(in: 0 ... .max, using: &random)
        )
        return KeeperChild(
            process: process(&random),
            tag: text(&random),
            end: Bool.random(using: &random) ? end : nil
        )
    }

    private func notice(_ random: inout SeededRandom) -> KeeperNotice {
        let id = UInt64.random(in: 0 ... .max, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0:
            return .welcome(
                KeeperWelcome(
                    version: 1,
                    keeper: process(&random),
                    managerCount: id,
                    isStopping: Bool.random(using: &random),
                    orphanCount: id
                )
            )
        case 1: return .child(child(&random))
        case 2: return .descriptor(name: text(&random))
        case 3: return .listed(id: id)
        case 4: return .spawned(id: id, process(&random))
        case 5:
            let stage = SpawnFailure.Stage.allCases.randomElement(using: &random) ?? .exec
            return .spawnFailed(id: id, SpawnFailure(stage, code: 2, object: text(&random)))
        case 6: return .exited(child(&random))
        case 7: return .done(id: id, code: .random(in: .min ... .max, using: &random))
        default: return .asked(KeeperDemand.allCases.randomElement(using: &random) ?? .stop)
        }
    }

    @Test func everyMessageIsReadBack() throws {
        var random = SeededRandom(seed: 20_261_122)
        for _ in 0..<3000 {
            let (request, notice) = (request(&random), notice(&random))
            #expect(try KeeperRequest(decoding: request.encoded) == request)
            #expect(try KeeperNotice(decoding: notice.encoded) == notice)
        }
    }

    @Test func aCutOrLengthenedMessageIsRefused() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            let (request, notice) = (request(&random).encoded, notice(&random).encoded)
            for count in 0..<request.count {
                #expect(throws: KeeperCodecError.self) { try KeeperRequest(decoding: Array(request.prefix(count))) }
            }
            for count in 0..<notice.count {
                #expect(throws: KeeperCodecError.self) { try KeeperNotice(decoding: Array(notice.prefix(count))) }
            }
            #expect(throws: KeeperCodecError.self) { try KeeperRequest(decoding: request + [0]) }
            #expect(throws: KeeperCodecError.self) { try KeeperNotice(decoding: notice + [0]) }
        }
    }

    /// What decodes at all is a message: it encodes to the bytes that it came from.
    @Test func damagedBytesAreRefusedOrMeanWhatTheySay() {
        var random = SeededRandom(seed: 99)
        for _ in 0..<5000 {
            var bytes = Bool.random(using: &random) ? request(&random).encoded : notice(&random).encoded
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            if let request = try? KeeperRequest(decoding: bytes) { #expect(request.encoded == bytes) }
            if let notice = try? KeeperNotice(decoding: bytes) { #expect(notice.encoded == bytes) }
        }
    }

    @Test func aCountBeyondTheMessageReservesNothing() {
        // A spawn whose argument list claims four billion elements.
        let bytes: [UInt8] = [2] + [UInt8](repeating: 0, count: 8) + [0, 0, 0, 0] + [255, 255, 255, 255]
        #expect(throws: KeeperCodecError.self) { try KeeperRequest(decoding: bytes) }
    }
}
