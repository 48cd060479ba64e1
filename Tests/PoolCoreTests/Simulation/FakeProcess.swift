import PoolCore
import PoolModel

/// A process of the simulation: a few switches instead of code.
struct FakeProcess: Hashable {
    enum Nature: CaseIterable {
        case good, slowStart, crashesAtStart, neverListens, answers503, crashesLater, ignoresTerm, hangsLater, slowStop
    }

    let worker: WorkerID
    let life: Life
    let generation: Generation
    let identity: ProcessIdentity
    let nature: Nature
    let startedAt: Duration
    var exit: ExitReason?
    /// The manager has been told of the exit, and has taken it in.
    var isAcknowledged = false
    var isHanging = false
    /// Requests that it is working on.
    var inFlight = 0
    /// It was asked to stop.
    var isAsked = false

    var isAlive: Bool { exit == nil }

    var listensAfter: Duration? {
        switch nature {
        case .good, .answers503, .crashesLater, .ignoresTerm, .hangsLater, .slowStop: .milliseconds(200)
        case .slowStart: .seconds(4)
        case .crashesAtStart, .neverListens: nil
        }
    }

    func listens(at now: Duration) -> Bool {
        guard isAlive, let listensAfter else { return false }
        return now - startedAt >= listensAfter
    }

    func probe(at now: Duration, timeout: Duration) -> (result: ProbeResult.Phase, status: Int?, after: Duration) {
        if !listens(at: now) { return (.connect, nil, .milliseconds(1)) }
        if isHanging { return (.timeout, nil, timeout) }
        if nature == .answers503 { return (.status, 503, .milliseconds(2)) }
        return (.done, 200, .milliseconds(2))
    }

    /// When it ends after a signal; nil where it ignores it.
    func endsAfter(_ signal: String) -> (Duration, ExitReason)? {
        if signal == "KILL" { return (.milliseconds(1), .signaled(signal: 9, coreDumped: false)) }
        guard signal == "TERM", !isHanging, nature != .ignoresTerm else { return nil }
        return (nature == .slowStop ? .seconds(3) : .milliseconds(20), .exited(code: 0))
    }
}
