/// Matches lines against a ``BytePattern``, with an automaton that is made on the way: one step for each byte of a line
/// once its states are known.
///
/// Bounded: ``statesMax`` states (beyond: all are forgotten, and made again as they are needed), and `steps` over all
/// lines together. When those are used up it matches nothing more, and says so: no pattern holds its caller up.
package struct PatternMatcher {
    static let statesMax = 256
    /// What is enough for 16 MiB of lines, and for a pattern that makes most of its states anew.
    package static let stepsMax = 32_000_000

    private struct State {
        /// The instructions that wait for a byte, in ascending order.
        var threads: [Int]
        var isMatch: Bool
        /// Whether the end of the line here is a match.
        var isMatchAtEnd: Bool
    }

    /// What making a state costs, in steps over known ones: measured, for each of its threads and those before it.
    private static let threadCost = 48
    private static let stateCost = 1000

    private let instructions: [BytePattern.Instruction]
    private var states: [State] = []
    /// The state after each state and byte; -1 is not known yet.
    private var table: [Int32] = []
    private var numbers: [[Int]: Int] = [:]
    /// The state at the beginning of a line; nil where it is not known yet.
    private var first: Int?
    /// What was reached already for the state that is being made: before the end of the line, and at it.
    private var marks: [Int]
    private var endMarks: [Int]
    private var mark = 0
    private var steps: Int
    /// The steps were used up: what it says is not to be relied on any more.
    package private(set) var isExhausted = false

    package init(_ pattern: BytePattern, steps: Int = PatternMatcher.stepsMax) {
        instructions = pattern.instructions
        marks = [Int](repeating: 0, count: instructions.count)
        endMarks = marks
        self.steps = steps
    }

    package mutating func matches(_ line: [UInt8]) -> Bool {
        guard !isExhausted else { return false }
        // A line costs something even where it is empty.
        steps -= 1
        var state = first ?? begin()
        if steps <= 0 {
            isExhausted = true
            return false
        }
        for byte in line {
            if states[state].isMatch { return true }
            steps -= 1
            let known = table[state << 8 | Int(byte)]
            state = known >= 0 ? Int(known) : advance(state, byte)
            if steps <= 0 {
                isExhausted = true
                return false
            }
        }
        return states[state].isMatch || states[state].isMatchAtEnd
    }

    private mutating func begin() -> Int {
        mark += 1
        var threads: [Int] = []
        let flags = follow(0, isBegin: true, &threads)
        steps -= PatternMatcher.threadCost * threads.count + PatternMatcher.stateCost
        let state = number(threads, flags)
        first = state
        return state
    }

    /// The state after a byte. Every place of the line may be where a match begins.
    private mutating func advance(_ state: Int, _ byte: UInt8) -> Int {
        mark += 1
        var threads: [Int] = []
        var flags = (isMatch: false, isMatchAtEnd: false)
        for thread in states[state].threads {
            guard case .bytes(let set) = instructions[thread], set.contains(byte) else { continue }
            let more = follow(thread + 1, isBegin: false, &threads)
            flags = (flags.isMatch || more.isMatch, flags.isMatchAtEnd || more.isMatchAtEnd)
        }
        let fresh = follow(0, isBegin: false, &threads)
        flags = (flags.isMatch || fresh.isMatch, flags.isMatchAtEnd || fresh.isMatchAtEnd)
        steps -= PatternMatcher.threadCost * (states[state].threads.count + threads.count) + PatternMatcher.stateCost
        let isFull = states.count >= PatternMatcher.statesMax
        if isFull {
            states.removeAll(keepingCapacity: true)
            table.removeAll(keepingCapacity: true)
            numbers.removeAll(keepingCapacity: true)
            first = nil
        }
        let next = number(threads, flags)
        if !isFull { table[state << 8 | Int(byte)] = Int32(next) }
        return next
    }

    private mutating func number(_ threads: [Int], _ flags: (isMatch: Bool, isMatchAtEnd: Bool)) -> Int {
        // The flags are part of what a state is: the beginning of a line is one of its own.
        let key = threads.sorted() + [flags.isMatch ? -1 : -2, flags.isMatchAtEnd ? -1 : -2]
        if let number = numbers[key] { return number }
        states.append(
            State(
                threads: Array(key.dropLast(2)),
                isMatch: flags.isMatch,
                isMatchAtEnd: flags.isMatchAtEnd
            )
        )
        table.append(contentsOf: repeatElement(-1, count: 256))
        numbers[key] = states.count - 1
        return states.count - 1
    }

    /// Adds what is reached from an instruction without a byte.
    private mutating func follow(
        _ start: Int,
        isBegin: Bool,
        _ threads: inout [Int]
    ) -> (isMatch: Bool, isMatchAtEnd: Bool) {
        var flags = (isMatch: false, isMatchAtEnd: false)
        var waiting = [start]
        while let place = waiting.popLast() {
            guard marks[place] != mark else { continue }
            marks[place] = mark
            steps -= 1
            switch instructions[place] {
            case .bytes: threads.append(place)
            case .split(let left, let right): waiting += [right, left]
            case .jump(let target): waiting.append(target)
            case .begin: if isBegin { waiting.append(place + 1) }
            case .end: if endsInMatch(place + 1, isBegin: isBegin) { flags.isMatchAtEnd = true }
            case .match: flags.isMatch = true
            }
        }
        return flags
    }

    /// Whether the pattern's end is reached from here without a byte, by a way that was not looked at for this state yet.
    private mutating func endsInMatch(_ start: Int, isBegin: Bool) -> Bool {
        var waiting = [start]
        while let place = waiting.popLast() {
            guard endMarks[place] != mark else { continue }
            endMarks[place] = mark
            steps -= 1
            switch instructions[place] {
            case .bytes: break
            case .split(let left, let right): waiting += [right, left]
            case .jump(let target): waiting.append(target)
            case .begin: if isBegin { waiting.append(place + 1) }
            case .end: waiting.append(place + 1)
            case .match: return true
            }
        }
        return false
    }
}
