package import PoolModel

/// What an operation will do: made when its turn has come.
package struct OperationPlan: Hashable, Sendable, Codable {
    /// How the tasks depend on each other.
    package enum Style: Hashable, Sendable, Codable {
        /// All at once; one that fails does not keep the others from going on.
        case together
        /// By rank and policy; the first failure ends it.
        case rolling(RollPolicy)
    }

    package var tasks: [WorkerTask]
    package var style: Style
    /// The generation that is being rolled out; nil where the profile stays.
    package var candidate: Generation?
    /// The operation takes no worker out of the rotation where fewer routable ones than this would be left.
    package var routableMin: Int

    package init(
        tasks: [WorkerTask] = [],
        style: Style = .together,
        candidate: Generation? = nil,
        routableMin: Int = 0
    ) {
        self.tasks = tasks
        self.style = style
        self.candidate = candidate
        self.routableMin = routableMin
    }
}
