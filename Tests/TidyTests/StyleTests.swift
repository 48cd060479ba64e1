import Foundation
import Testing

@Suite struct StyleTests {
    /// Beyond this a file holds two nouns.
    static let linesMax = 450

    @Test func filesAreOfOneNoun() throws {
        for file in try SourceTree.files(below: "Sources", extensions: ["swift", "c", "h"]) {
            #expect(file.lines.count <= StyleTests.linesMax, "\(file.path) has \(file.lines.count) lines")
        }
    }

    /// Each of these is allowed only with its reason in a comment on the same line or in the lines just above.
    @Test func optOutsGiveTheirReason() throws {
        let optOuts = [
            "@unchecked Sendable", "nonisolated(unsafe)", "Task.detached", "try!", "fatalError(", "unsafeBitCast",
            "assumeIsolated",
        ]
        for file in try SourceTree.files(below: "Sources") {
            for (index, line) in file.lines.enumerated() where !line.trimmed.hasPrefix("//") {
                for optOut in optOuts where line.contains(optOut) {
                    let above = file.lines[max(0, index - 6)..<index]
                    let hasReason = line.contains("//") || above.contains { $0.trimmed.hasPrefix("//") }
                    #expect(hasReason, "\(file.path):\(index + 1) uses \(optOut) and does not say why")
                }
            }
        }
    }

    @Test func nothingIsLeftToDo() throws {
        let marks = ["TODO", "FIXME", "XXX", "not implemented"]
        for folder in ["Sources", "Tests"] {
            for file in try SourceTree.files(below: folder, extensions: ["swift", "c", "h", "py"]) {
                guard !file.path.hasPrefix("Tests/TidyTests") else { continue }
                for (index, line) in file.lines.enumerated() {
                    // The six letters of mkdtemp's templates are no mark.
                    let line = line.replacingOccurrences(of: "XXXXXX", with: "")
                    for mark in marks {
                        #expect(!line.contains(mark), "\(file.path):\(index + 1) has \(mark)")
                    }
                }
            }
        }
    }

    @Test func testsAwaitCauses() throws {
        let sleeps = ["Thread.sleep", "Task.sleep", "usleep(", ".disabled("]
        for file in try SourceTree.files(below: "Tests") where !file.path.hasPrefix("Tests/TidyTests") {
            for (index, line) in file.lines.enumerated() {
                for sleep in sleeps where line.contains(sleep) {
                    let above = file.lines[max(0, index - 3)..<index]
                    let hasReason = line.contains("//") || above.contains { $0.trimmed.hasPrefix("//") }
                    #expect(hasReason, "\(file.path):\(index + 1) has \(sleep)")
                }
            }
        }
    }

    /// The first lines of executables' main files: everything else is in libraries, where it can be tested.
    @Test func executablesAreShells() throws {
        for file in try SourceTree.files(below: "Sources") where ["poold", "poolctl", "pooltop"].contains(file.target) {
            #expect(file.lines.count <= 130, "\(file.path) has \(file.lines.count) lines")
        }
    }
}

extension String {
    var trimmed: Substring { self[...].drop { $0 == " " || $0 == "\t" } }
}
