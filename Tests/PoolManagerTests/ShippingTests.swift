import Glibc
import PoolAPI
import PoolModel
import PoolOS
import Synchronization
import Testing

@testable import PoolManager

@Suite struct ShippingTests {
    private let at = Timestamp(microseconds: 1_795_333_265_123_456)

    private func line(_ text: String, sequence: UInt64 = 7) -> LogLine {
        let id = WorkerID(pool: "shop", number: 3)
        return LogLine(sequence: sequence, at: at, worker: id, life: 2, stream: .stderr, bytes: Array(text.utf8))
    }

    @Test(arguments: [
        ("journald", "journald"), ("journald:/run/j.sock", "journald:/run/j.sock"),
        ("syslog:/dev/log", "syslog:/dev/log"),
        ("syslog:10.0.0.9:514", "syslog:10.0.0.9:514"), ("syslog:[::1]:514", "syslog:[::1]:514"),
    ])
    func receiversAreRead(_ text: String, _ name: String) { #expect(LogReceiver(text)?.description == name) }

    @Test(arguments: ["", "syslog", "syslog:", "syslog:host", "journald:relative", "journal", "file:/var/log/x"])
    func whatIsNoReceiverIsRefused(_ text: String) { #expect(LogReceiver(text) == nil) }

    @Test func aSyslogMessageIsOneLineOfRFC5424() {
        let text = String(
            decoding: ShippedRecord(line("ERROR\u{1B}[2J a\tb\nc")).syslogMessage(host: "h"),
            as: UTF8.self
        )
        #expect(
            text == "<27>1 \(at) h shop - stderr [pool@32473 worker=\"shop_3\" life=\"2\" sequence=\"7\"]"
                + " ERROR?[2J a\tb?c"
        )
        var event = PoolEvent(sequence: 9, at: at, kind: .admin, severity: .warning, message: "drained")
        event.worker = WorkerID(pool: "shop", number: 3)
        event.actor = "a \"b\\]"
        #expect(
            String(decoding: ShippedRecord(event).syslogMessage(host: "h"), as: UTF8.self)
                == "<28>1 \(at) h poold - event [pool@32473 kind=\"admin\" pool=\"shop\" worker=\"shop_3\""
                + " actor=\"a \\\"b\\\\\\]\" sequence=\"9\"] shop_3: drained"
        )
    }

    @Test func aJournalEntryHoldsAnyText() {
        let plain = String(decoding: ShippedRecord(line("hello")).journalEntry, as: UTF8.self)
        #expect(plain.hasPrefix("MESSAGE=hello\nPRIORITY=6\nSYSLOG_IDENTIFIER=shop\n"))
        #expect(plain.hasSuffix("POOL_STREAM=stderr\nPOOL_WORKER=shop_3\nPOOL_LIFE=2\nPOOL_SEQUENCE=7\n"))
        let lines = ShippedRecord(line("a\nPRIORITY=0")).journalEntry
        #expect(
            lines.starts(with: Array("MESSAGE\n".utf8) + [12, 0, 0, 0, 0, 0, 0, 0] + Array("a\nPRIORITY=0\n".utf8))
        )
        #expect(ShippedRecord(line(String(repeating: "x", count: 20_000))).text.count == ShippedRecord.bytesMax)
    }

    /// Lines and events arrive; a receiver that is away is waited for, and nothing is lost meanwhile.
    @Test func recordsAreSentInOrderAndWaitForTheReceiver() async throws {
        let fixture = try ManagerFixture()
        await fixture.up()
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/log.sock"
        let receiver = try #require(LogReceiver("syslog:\(path)"))
        fixture.driver.stored.withLock { $0 = (1...20).map { line("line \($0)", sequence: $0) } }
        let file = PositionFile(directory: directory.path, receiver: receiver)
        file.write(LogShipper.Position(line: 0, event: 0))
        let shipper = LogShipper(manager: fixture.manager, receiver: receiver, contents: [.workers], file: file)
        let task = Task { try await shipper.run() }
        defer { task.cancel() }
        let deadline = ContinuousClock.now + .seconds(20)
        // Nobody is there yet: it is told, and waits.
        func isTold() async throws -> Bool {
            let page = try await fixture.manager.events(EventQuery(), after: 0, limit: 1000)
            return page.events.contains { $0.message.contains("cannot be sent") }
        }
        while try await !isTold(), .now < deadline {
            // It only bounds how often this looks.
            try await Task.sleep(for: .milliseconds(10))
        }
        let socket = try NotifySocket(path: path)
        var texts: [String] = []
        while texts.count < 20, .now < deadline {
            var buffer = [UInt8](repeating: 0, count: 9000)
            let count = recv(socket.descriptor.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { texts.append(String(decoding: buffer[..<count], as: UTF8.self)) }
            // It only bounds how often this looks.
            if count <= 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(texts.map { $0.suffix(3) } == (1...20).map { "line \($0)".suffix(3) })
        while await fixture.manager.shipments[receiver.description]?.sent != 20, .now < deadline { await Task.yield() }
        #expect(await fixture.manager.shipments[receiver.description] == Shipment(sent: 20, dropped: 0))
    }

    @Test func figuresAreCountedFromTheLastOnes() {
        var traffic = TrafficStats()
        traffic.requests = 100
        traffic.inFlight = 2
        let id = WorkerID(pool: "shop", number: 3)
        func stats(_ traffic: TrafficStats) -> StatsReply {
            let worker = WorkerStats(worker: id, traffic: traffic, resources: nil, restarts: 1)
            return StatsReply(at: at, pools: [PoolStats(pool: "shop", traffic: traffic, workers: [worker])])
        }
        let first = stats(traffic)
        #expect(
            StatsDReporter.lines(first, since: nil, prefix: "p") == [
                "p.shop.in_flight:2|g", "p.shop.shop_3.in_flight:2|g",
            ]
        )
        traffic.requests = 105
        traffic.p99Milliseconds = 1.5
        let lines = StatsDReporter.lines(stats(traffic), since: first, prefix: "p")
        #expect(lines.contains("p.shop.shop_3.requests:5|c") && lines.contains("p.shop.p99_ms:1.5|g"))
        traffic.requests = 3
        #expect(StatsDReporter.lines(stats(traffic), since: first, prefix: "p").contains("p.shop.requests:3|c"))
        let datagrams = StatsDReporter.datagrams((1...200).map { "p.shop.requests:\($0)|c" })
        #expect(datagrams.count > 2 && datagrams.allSatisfy { $0.count <= StatsDReporter.datagramBytesMax })
        #expect(datagrams.joined(separator: [0x0A]).split(separator: 0x0A).count == 200)
    }
}
