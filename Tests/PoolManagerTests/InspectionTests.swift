import Glibc
import PoolAPI
import PoolModel
import PoolOS
import Testing

@testable import PoolManager

@Suite struct InspectionTests {
    @Test func aTreeBeginsWithTheVeryProcess() throws {
        let own = try ProcessIdentity.current()
        let tree = ProcessInspector.tree(of: own)
        #expect(tree.first?.pid == own.pid)
        #expect(tree.first?.depth == 0)
        #expect((tree.first?.rssBytes ?? 0) > 0)
        #expect(tree.first?.name.isEmpty == false)
        #expect(tree.count <= WorkerDetail.processesMax)
    }

    @Test func anotherProcessUnderThePidIsNotShown() throws {
        var other = try ProcessIdentity.current()
        other.startTicks += 1
        #expect(ProcessInspector.tree(of: other).isEmpty)
        #expect(ProcessInspector.environment(of: other).isEmpty)
    }

    /// Nothing that a profile may have put there is shown, and what is shown is what the process has.
    @Test func onlyWhatCannotBeSecretIsShown() throws {
        let environment = ProcessInspector.environment(of: try ProcessIdentity.current())
        #expect(environment.map(\.name) == environment.map(\.name).sorted())
        for entry in environment where entry.value != ProfileReply.hidden {
            let isHarmless =
                WorkerEnvironment.inheritedNames.contains(entry.name) || entry.name.hasPrefix("LC_")
                || ["POOL_", "LISTEN_", "NOTIFY_", "WATCHDOG_", "PYTHONUNBUFFERED"].contains {
                    entry.name.hasPrefix($0)
                }
            #expect(isHarmless, "\(entry.name)")
        }
        let path = environment.first { $0.name == "PATH" }
        #expect(path?.value == getenv("PATH").map { String(cString: $0) })
    }
}
