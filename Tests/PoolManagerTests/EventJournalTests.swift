import Glibc
import PoolModel
import Testing

@testable import PoolManager

@Suite struct EventJournalTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func journal() -> EventJournal { EventJournal(path: "\(directory.path)/events.ndjson") }

    private func event(_ sequence: UInt64) -> PoolEvent {
        PoolEvent(
            sequence: sequence,
            at: Timestamp(microseconds: 1_700_000_000_000_000),
            kind: .exit,
            severity: .warning,
            pool: "example",
            message: "line \(sequence)\nwith a line feed and \u{1b}[31m"
        )
    }

    @Test func eventsComeBackAfterARestart() throws {
        let first = journal()
        #expect(try first.open().isEmpty)
        for number in 1...3 { #expect(first.append(event(UInt64(number))) == nil) }
        #expect(try journal().open() == [event(1), event(2), event(3)])
    }

    @Test func aTornLastLineIsCutOff() throws {
        let first = journal()
        _ = try first.open()
        _ = first.append(event(1))
        directory.write(Array("{\"sequence\":2,\"at\":\"20".utf8), to: "events.ndjson", flags: O_APPEND)
        let second = journal()
        #expect(try second.open() == [event(1)])
        #expect(second.append(event(2)) == nil)
        #expect(try journal().open() == [event(1), event(2)])
    }

    @Test func aFailureIsToldOnce() {
        let lost = EventJournal(path: "\(directory.path)/missing/events.ndjson")
        #expect(throws: LogFileError.self) { try lost.open() }
        #expect(lost.append(event(1)) != nil)
        #expect(lost.append(event(2)) == nil)
        #expect(lost.isFailing)
    }
}
