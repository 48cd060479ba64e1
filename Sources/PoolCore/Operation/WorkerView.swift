package import PoolModel

/// What an operation needs to know of a worker.
package struct WorkerView: Hashable, Sendable {
    package var state: ProcessState
    package var life: Life
    package var processGeneration: Generation
    package var isUp: Bool
    package var isServing: Bool
    /// Every proxy sends it requests.
    package var isRoutable: Bool
    /// It is to be routable, and a proxy does not know yet.
    package var isJoining: Bool
    /// Serving, and nothing is still under way to let requests come.
    package var isInPlace: Bool { isServing && !isJoining }
    /// Routable, or out of the rotation only for a moment: being checked, or ejected.
    package var isValuable: Bool
    package var isSurge: Bool
    /// Traffic has put it out of the rotation.
    package var isEjected: Bool
    /// The present state comes of a start that failed.
    package var failedStarts: Int
    package var lastExit: ExitReason?
    /// Nothing is in flight, and nothing can come any more.
    package var isDrained: Bool
    package var inFlight: UInt64?
    /// What its process has served.
    package var served: WorkerSample?

    /// The hook that is being run for it.
    package var hook: Hook?
    /// The hook that refused the step, or failed after it.
    package var hookFailure: String?

    package init(_ slot: WorkerSlot, routes: RouteBook, hook: Hook? = nil) {
        self.hook = hook
        hookFailure = slot.hookFailure
        state = slot.machine.phase.state
        life = slot.machine.life
        processGeneration = slot.processGeneration
        isUp = slot.machine.goal == .up
        isServing = slot.isServing
        isRoutable = slot.isInRotation
        isJoining = slot.isJoining
        isValuable = slot.isReady && slot.admin == .ready && slot.health.health != .unhealthy
        isSurge = slot.isSurge
        isEjected = slot.ejection.until != nil
        failedStarts = slot.machine.failedStarts
        lastExit = slot.machine.lastExit
        isDrained = !state.isAlive || (slot.inFlight == 0 && routes.isOut(since: slot.leftRotation))
        inFlight = slot.inFlight
        served = slot.recycle.served
    }
}

/// The workers as an operation sees them.
package protocol PoolView {
    /// nil where the pool has no such worker.
    func worker(_ id: WorkerID) -> WorkerView?
    /// Why the worker is not serving.
    func reason(_ id: WorkerID) -> String
    var routableCount: Int { get }
    /// Workers that are to serve, and have not failed for good: as many as may be routable together.
    var hopefulCount: Int { get }
}

/// What an operation wants done to a worker.
package enum OperationOrder: Hashable, Sendable, Codable {
    case start(WorkerID)
    case stop(WorkerID, force: Bool)
    case renew(WorkerID, Generation, why: String, force: Bool)
    case add(WorkerID, Generation, isSurge: Bool)
    case remove(WorkerID)
    case setAdmin(WorkerID, AdminState)
    case signal(WorkerID, name: String)
    /// The rolled-out profile becomes the pool's.
    case commit(Generation)
    /// The operation waits for it.
    case runHook(Hook)
}
