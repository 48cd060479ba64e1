private import Glibc
package import PoolAPI

/// A session without a daemon: answers come from closures, for tests of whatever talks to one.
///
/// Its descriptors are always readable, so a poll loop sees the answer at once.
package final class InProcessSession: PoolSession {
    private let answerTo: (APICall) throws(SessionError) -> Answer
    private let recordsOf: (APICall) throws(SessionError) -> [[StreamRecord]]
    package let name = "in-process"
    /// Every call that was made, in order.
    package private(set) var calls: [APICall] = []

    /// - Parameters:
    ///   - answer: The answer of a call.
    ///   - records: What a stream delivers, read by read; it then ends.
    package init(
        answer: @escaping (APICall) throws(SessionError) -> Answer,
        records: @escaping (APICall) throws(SessionError) -> [[StreamRecord]] = { _ in [] }
    ) {
        answerTo = answer
        recordsOf = records
    }

    package func begin(_ call: APICall) throws(SessionError) -> any PendingAnswer {
        calls.append(call)
        return ReadyAnswer(try answerTo(call), try ReadableDescriptor())
    }

    package func open(_ call: APICall) throws(SessionError) -> any RecordStream {
        calls.append(call)
        return ReadyStream(try recordsOf(call), try ReadableDescriptor())
    }
}

/// The reading end of a pipe whose writing end is closed: always readable.
private final class ReadableDescriptor {
    let descriptor: Descriptor

    init() throws(SessionError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SessionError(.local, "no descriptors are left") }
        _ = close(ends[1])
        descriptor = Descriptor(ends[0])
    }
}

private final class ReadyAnswer: PendingAnswer {
    private let answer: Answer
    private let readable: ReadableDescriptor
    var descriptor: Int32 { readable.descriptor.number }
    let wantsToWrite = false

    init(_ answer: Answer, _ readable: ReadableDescriptor) {
        self.answer = answer
        self.readable = readable
    }

    func advance() throws(SessionError) -> Answer? { answer }
}

private final class ReadyStream: RecordStream {
    private var batches: ArraySlice<[StreamRecord]>
    private let readable: ReadableDescriptor
    private(set) var lastSequence: UInt64?
    var descriptor: Int32 { readable.descriptor.number }
    let wantsToWrite = false

    init(_ batches: [[StreamRecord]], _ readable: ReadableDescriptor) {
        self.batches = batches[...]
        self.readable = readable
    }

    func readAvailable() throws(SessionError) -> [StreamRecord] {
        guard let records = batches.popFirst() else { throw SessionError(.cut, "the daemon ended the stream") }
        lastSequence = records.last { $0.sequence != nil }?.sequence ?? lastSequence
        return records
    }
}
