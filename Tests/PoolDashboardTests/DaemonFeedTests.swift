@testable import PoolDashboard
import PoolAPI
import PoolClient
import PoolModel
import PoolUI
import Testing

struct DaemonFeedTests {
    private static let at = Timestamp(microseconds: 1_700_000_000_000_000)
    private static let state = StateSnapshot(sequence: 7, at: at, pools: [], operations: [])

    private func record<Value: Encodable>(
        _ kind: StreamRecord.Kind,
        _ sequence: UInt64,
        _ value: Value
    ) throws(SessionError) -> StreamRecord {
        do {
            return try StreamRecord(kind, sequence: sequence, value)
        } catch {
            throw SessionError(.local, "\(error)")
        }
    }

    private func steps(_ feed: DaemonFeed, _ count: Int, from start: Duration = .zero) -> [Message] {
        (0..<count).flatMap { feed.step(now: start + .milliseconds(10 * $0), wall: DaemonFeedTests.at) }
    }

    @Test func theStateComesThenTheVersionThenTheLossThenANewTry() throws {
        var opened = 0
        let session = InProcessSession(
            answer: { _ throws(SessionError) in
                let version = VersionReply(
                    pid: 1,
                    keeperPid: nil,
                    startedAt: DaemonFeedTests.at,
                    runtimeDirectory: "/r",
                    stateDirectory: "/s",
                    access: .view
                )
                return Answer(status: 200, body: (try? JSONCoding.encode(version)) ?? [])
            },
            records: { call throws(SessionError) in
                guard call.route.id == .state else { return [] }
                opened += 1
                return [[try self.record(.snapshot, 7, DaemonFeedTests.state)]]
            }
        )
        let feed = DaemonFeed(session: session)
        let first = steps(feed, 3)
        let kinds = first.compactMap { message in
            switch message {
            case .link(let link): "\(link.phase)"
            case .state(let state): "state \(state.sequence)"
            case .version(let version): "version \(version.pid)"
            default: nil
            }
        }
        #expect(kinds == ["live", "state 7", "version 1", "lost"])
        #expect(opened == 1)
        _ = steps(feed, 20, from: .seconds(3))
        #expect(opened > 1)
    }

    @Test func aDaemonThatHangsFallsSilentAndIsHeardAgain() throws {
        let session = HangingSession()
        let feed = DaemonFeed(session: session)
        session.records = [try record(.snapshot, 7, DaemonFeedTests.state)]
        _ = steps(feed, 3)
        #expect(phases(steps(feed, 1, from: .seconds(6))).isEmpty, "within a heartbeat's time")
        #expect(feed.deadline <= .seconds(7.1))
        let silent = steps(feed, 1, from: .seconds(8)).compactMap { if case .link(let link) = $0 { link } else { nil } }
        #expect(silent.map(\.phase) == [.silent])
        #expect(DaemonFeedTests.at.seconds - (silent.first?.lostAt?.seconds ?? 0) > 7)
        session.records = [.heartbeat(at: DaemonFeedTests.at)]
        #expect(phases(steps(feed, 1, from: .seconds(9))) == [.live])
        #expect(phases(steps(feed, 1, from: .seconds(25))).last == .lost)
    }

    @Test func aDeedWithoutAnAnswerIsOfUnknownFate() {
        let feed = DaemonFeed(session: HangingSession())
        _ = feed.perform(.cancel(OperationID(number: 3)), key: nil, now: .zero)
        let isUnknown: (Message) -> Bool = { if case .unknown = $0 { true } else { false } }
        #expect(!steps(feed, 1, from: .seconds(9)).contains(where: isUnknown))
        #expect(steps(feed, 1, from: .seconds(10)).count(where: isUnknown) == 1)
        #expect(!steps(feed, 1, from: .seconds(11)).contains(where: isUnknown), "it is not asked again")
    }

    @Test func allLinesGoOnAfterThoseOfProcessesBefore() {
        let session = HangingSession()
        session.lineSequence = 41
        let feed = DaemonFeed(session: session)
        feed.follow(pool: "web")
        _ = steps(feed, 3)
        feed.follow(pool: "web", lives: .previous)
        _ = steps(feed, 3, from: .seconds(1))
        feed.follow(pool: "web")
        _ = steps(feed, 3, from: .seconds(2))
        let calls = session.opened.filter { $0.route.id == .logs }
        #expect(calls.map { $0.headers["Last-Event-ID"] } == [nil, nil, "41"])
    }

    private func phases(_ messages: [Message]) -> [DaemonLink.Phase] {
        messages.compactMap { if case .link(let link) = $0 { link.phase } else { nil } }
    }

    @Test func noDaemonIsAStateWithAReasonAndARemedy() {
        let session = InProcessSession(
            answer: { _ throws(SessionError) in
                throw SessionError(.noDaemon, "no daemon: /x does not exist", remedy: "start one")
            },
            records: { _ throws(SessionError) in
                throw SessionError(.noDaemon, "no daemon: /x does not exist", remedy: "start one")
            }
        )
        let feed = DaemonFeed(session: session)
        let links = steps(feed, 30).compactMap { if case .link(let link) = $0 { link } else { nil } }
        #expect(links.first?.phase == .connecting)
        #expect(links.first?.reason == "no daemon: /x does not exist")
        #expect(links.first?.remedy == "start one")
        #expect(links.map(\.attempt) == Array(1...links.count))
        #expect(feed.deadline > .zero)
    }

    @Test func aRefusedDeedIsSaidWithItsReasonAndNotSentAgain() throws {
        let problem = Problem(.conflict, "worker web_1 was replaced meanwhile", remedy: "look again")
        let session = InProcessSession(answer: { call throws(SessionError) in
            Answer(status: 409, mediaType: MediaType.problem.rawValue, body: (try? JSONCoding.encode(problem)) ?? [])
        })
        let feed = DaemonFeed(session: session)
        let deed = Deed.act(pool: "web", ActionRequest(verb: .restart, workers: ["web_1"]))
        _ = feed.perform(deed, key: IdempotencyKey("k"), now: .zero)
        let refusals = steps(feed, 3).compactMap {
            if case .refused(let deed, let error) = $0 { (deed, error) } else { nil }
        }
        #expect(refusals.count == 1)
        #expect(refusals.first?.0 == deed)
        #expect(refusals.first?.1.message == "worker web_1 was replaced meanwhile")
        let posts = session.calls.filter { $0.route.id == .act }
        #expect(posts.count == 1)
        #expect(posts.first?.headers["Idempotency-Key"] == "k")
    }

    @Test func aDaemonThatIsGoneRefusesTheDeed() {
        let session = InProcessSession(answer: { _ throws(SessionError) in
            throw SessionError(.staleSocket, "nobody listens")
        })
        let feed = DaemonFeed(session: session)
        _ = feed.perform(.cancel(OperationID(number: 3)), key: nil, now: .zero)
        let refusals = steps(feed, 1).filter { if case .refused = $0 { true } else { false } }
        #expect(refusals.count == 1)
    }

    @Test func linesEventsAndGapsArrive() throws {
        let line = LogRecord(
            sequence: 4,
            at: DaemonFeedTests.at,
            worker: WorkerID(pool: "web", number: 1),
            life: 1,
            stream: .stdout,
            text: "hi"
        )
        let event = PoolEvent(sequence: 9, at: DaemonFeedTests.at, kind: .daemon, message: "started")
        let session = InProcessSession(
            answer: { _ throws(SessionError) in throw SessionError(.noDaemon, "x") },
            records: { call throws(SessionError) in
                switch call.route.id {
                case .logs:
                    [
                        [try self.record(.change, 4, line), try self.record(.change, 5, line)],
                        [.gap(StreamGap(missed: 12), sequence: 20)],
                    ]
                case .events: [[try self.record(.change, 9, event)]]
                default: []
                }
            }
        )
        let feed = DaemonFeed(session: session)
        feed.follow(pool: "web")
        var lines = 0
        var events = 0
        var missed: UInt64 = 0
        for message in steps(feed, 4) {
            switch message {
            case .lines(let records): lines += records.count
            case .events(let records): events += records.count
            case .gap(_, let count): missed += count
            default: break
            }
        }
        #expect(lines == 2)
        #expect(events == 1)
        #expect(missed == 12)
        let call = session.calls.first { $0.route.id == .logs }
        #expect(call?.target.contains("pool=web") == true)
    }
}
