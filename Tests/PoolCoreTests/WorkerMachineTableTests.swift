import PoolCore
import PoolModel
import Testing

import class Foundation.FileManager
import class Foundation.ProcessInfo
import struct Foundation.Data
import struct Foundation.URL

/// Walks all phases, goals and events, and writes what happens into docs/state-machines/worker.md. The test fails
/// where the page differs from the code; `RECORD_GOLDENS=1` writes it anew.
@Suite struct WorkerMachineTableTests {
    private static let now = Duration.seconds(100)
    private static let process = ProcessIdentity(pid: 42, startTicks: 1)

    private static let rules: WorkerSpec = {
        var rules = WorkerSpec(command: ["app"], listen: "unix:/run/app.sock")
        rules.backoff.jitter = 0
        rules.stopSignals = ["TERM", "INT"]
        return rules
    }()

    private static let events: [(name: String, event: WorkerMachine.Event)] = [
        ("start", .start),
        ("stop", .stop(force: false)),
        ("stop, forced", .stop(force: true)),
        ("restart", .restart(why: "asked", force: false)),
        ("restart, forced", .restart(why: "asked", force: true)),
        ("failing", .failing(why: "unhealthy", force: false)),
        ("spawned", .spawned(process)),
        ("spawnFailed", .spawnFailed(stage: "exec", errno: 2)),
        ("startRefused", .startRefused("before_start hook: exit status 1")),
        ("startCalledOff", .startCalledOff),
        ("ready", .ready),
        ("exited", .exited(.exited(code: 1))),
        ("drained", .drained),
        ("deadlineReached", .deadlineReached),
    ]

    /// A way into each phase, by events alone.
    private static let ways: [(name: String, way: [WorkerMachine.Event])] = [
        ("stopped", []),
        ("spawning", [.start]),
        ("starting", [.start, .spawned(process)]),
        ("running", [.start, .spawned(process), .ready]),
        ("draining, to stop", [.start, .spawned(process), .ready, .stop(force: false)]),
        ("draining, to restart", [.start, .spawned(process), .ready, .restart(why: "asked", force: false)]),
        ("terminating, to stop", [.start, .spawned(process), .ready, .stop(force: true)]),
        ("terminating, to restart", [.start, .spawned(process), .ready, .restart(why: "asked", force: true)]),
        ("terminating, not ready in time", [.start, .spawned(process), .deadlineReached]),
        ("backingOff", [.start, .spawned(process), .exited(.exited(code: 1))]),
        ("exited", [.start, .spawned(process), .ready, .exited(.exited(code: 0))]),
        ("fatal", [.start] + failures(5)),
    ]

    private static func failures(_ count: Int) -> [WorkerMachine.Event] {
        Array(Array(repeating: [.spawnFailed(stage: "exec", errno: 2), .deadlineReached], count: count).joined())
    }

    private static func machine(_ way: [WorkerMachine.Event]) -> WorkerMachine {
        var machine = WorkerMachine()
        var random = SeededRandom(seed: 1)
        var rules = rules
        if way.contains(.exited(.exited(code: 0))) { rules.autorestart = .unexpected }
        for event in way {
            // Deadlines on the way are reached when they are due; all else happens long before.
            let now = event == .deadlineReached ? machine.phase.deadline ?? .zero : .seconds(40)
            _ = machine.handle(event, rules: rules, now: now, random: &random)
        }
        return machine
    }

    @Test(arguments: ways.indices)
    func waysLeadWhereTheySay(index: Int) {
        let (name, way) = WorkerMachineTableTests.ways[index]
        let phase = WorkerMachineTableTests.name(WorkerMachineTableTests.machine(way).phase)
        #expect(name.hasPrefix(phase))
    }

    @Test func pageIsWhatTheCodeDoes() throws {
        let page = WorkerMachineTableTests.page
        let path = "docs/state-machines/worker.md"
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(path)
        if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
            try Data(page.utf8).write(to: url)
        }
        let written = FileManager.default.contents(atPath: url.path).map { String(decoding: $0, as: UTF8.self) }
        #expect(written == page, "\(path) differs from the code: RECORD_GOLDENS=1 writes it anew; read the difference")
    }

    // MARK: The page

    private static var page: String {
        var lines = [
            "# The worker's process",
            "",
            "Written by a test out of `Sources/PoolCore/Worker/WorkerMachine.swift`; do not edit.",
            "",
            "`goal` is what people want, `phase` is where the process is. Rules of the table: the defaults of a",
            "profile without jitter, stop signals TERM and INT; the process has lived for longer than `startSeconds`,",
            "and its deadline has passed. The process of `exited` ran under `autorestart = \"unexpected\"`. `=` means",
            "that nothing changes: most often the event lost a race, which the code names.",
            "",
            "A process that was adopted from an earlier manager is drained also where the table sends a signal to a",
            "starting one: it may have been ready.",
            "",
            "| phase | goal | event | phase then | goal then | actions |",
            "|---|---|---|---|---|---|",
        ]
        for (place, way) in ways {
            lines += rows(place, machine(way))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One row for each outcome, with all events that have it.
    private static func rows(_ place: String, _ before: WorkerMachine) -> [String] {
        var rows: [(events: [String], outcome: String)] = []
        for (name, event) in events {
            let outcome = outcome(before, event)
            if let index = rows.firstIndex(where: { $0.outcome == outcome }) {
                rows[index].events.append(name)
            } else {
                rows.append(([name], outcome))
            }
        }
        return rows.map { row in
            let events = row.events.joined(separator: "; ")
            return "| \(place) | \(before.goal.rawValue) | \(events) | \(row.outcome) |"
        }
    }

    private static func outcome(_ before: WorkerMachine, _ event: WorkerMachine.Event) -> String {
        var after = before
        var random = SeededRandom(seed: 1)
        let actions = after.handle(event, rules: rules, now: now, random: &random).map(text)
        let then = after == before ? "=" : describe(after, before)
        let goal = after.goal == before.goal ? "" : after.goal.rawValue
        return [then, goal, actions.joined(separator: ", ")].joined(separator: " | ")
    }

    private static func describe(_ machine: WorkerMachine, _ before: WorkerMachine) -> String {
        let phase = name(machine.phase)
        let ending: String? = machine.ending.map { ending in
            switch ending {
            case .stop: "to stop"
            case .restart: "to restart"
            case .failing: "as failing"
            case .startTimedOut: "not ready in time"
            }
        }
        let isNew = machine.phase.deadline != before.phase.deadline
        let due = machine.phase.deadline.map { isNew ? "for \(($0 - now) / .seconds(1)) s at most" : "same deadline" }
        return ([phase, ending, due] as [String?]).compactMap(\.self).joined(separator: ", ")
    }

    private static func name(_ phase: WorkerMachine.Phase) -> String {
        switch phase {
        case .stopped: "stopped"
        case .spawning: "spawning"
        case .starting: "starting"
        case .running: "running"
        case .draining: "draining"
        case .terminating: "terminating"
        case .backingOff: "backingOff"
        case .exited: "exited"
        case .fatal: "fatal"
        }
    }

    private static func text(_ action: WorkerMachine.Action) -> String {
        switch action {
        case .spawn: "spawn"
        case .signal(let name, _, let group): "\(name) to the \(group ? "group" : "process")"
        }
    }
}
