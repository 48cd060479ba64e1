package import PoolAPI
internal import PoolModel

/// The answers to what the shown view asks for, and what is still to be asked. One answer of each kind is kept.
package struct Inquiry: Sendable {
    package var detail: WorkerDetail?
    package var front: FrontReply?
    package var profile: ProfileReply?
    package var plan: ReloadReply?
    /// The running profile with the file's differences marked, made once for each answer.
    package var profileLines: [ProfileLine] = []
    /// Why there is no answer, by what was asked.
    package var failures: [Question: String] = [:]
    private var askedAt: [Question: Duration] = [:]
    private var pending: Set<Question> = []

    package init() {}

    /// Which of the wanted questions are to be asked now. They count as asked.
    mutating func due(_ wanted: [Question], at uptime: Duration) -> [Question] {
        askedAt = askedAt.filter { wanted.contains($0.key) }
        failures = failures.filter { wanted.contains($0.key) }
        let due = wanted.filter { question in
            !pending.contains(question) && askedAt[question].map { uptime >= $0 + question.period } ?? true
        }
        for question in due { askedAt[question] = uptime }
        pending.formUnion(due)
        return due
    }

    mutating func answered(_ question: Question) {
        pending.remove(question)
        failures[question] = nil
    }

    mutating func failed(_ question: Question, _ reason: String) {
        pending.remove(question)
        failures[question] = reason
    }

    mutating func take(_ profile: ProfileReply) {
        if profile != self.profile { profileLines = ProfileLine.compare(profile.running, profile.proposed) }
        self.profile = profile
    }
}

/// A line of a profile's text: in what runs, in its file, or in both.
package struct ProfileLine: Hashable, Sendable {
    package enum Side: Hashable, Sendable { case both, running, proposed }

    package var side: Side
    package var text: String

    /// Lines of one text that are compared. Beyond: they are shown unmarked.
    private static let linesMax = 4000

    /// The running text, with the lines that the file lacks and those that it has instead. The file may have none.
    /// What the daemon says of each key is in docs/PROFILE.md: here the values are wanted.
    static func compare(_ running: String, _ proposed: String?) -> [ProfileLine] {
        let old = lines(of: running)
        guard let proposed, proposed != running, old.count <= linesMax else {
            return old.map { ProfileLine(side: .both, text: $0) }
        }
        let new = lines(of: proposed).prefix(linesMax)
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.offset))
        let inserted = Set(difference.insertions.map(\.offset))
        var lines: [ProfileLine] = []
        var (from, to) = (0, 0)
        while from < old.count || to < new.count {
            if from < old.count, removed.contains(from) {
                lines.append(ProfileLine(side: .running, text: old[from]))
                from += 1
            } else if to < new.count, inserted.contains(to) {
                lines.append(ProfileLine(side: .proposed, text: new[to]))
                to += 1
            } else {
                if from < old.count { lines.append(ProfileLine(side: .both, text: old[from])) }
                from += 1
                to += 1
            }
        }
        return lines
    }

    /// Without comments and empty lines.
    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { LogText.clean(String($0)) }
    }
}

extension CollectionDifference.Change {
    fileprivate var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
