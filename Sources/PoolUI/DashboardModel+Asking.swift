internal import PoolAPI
internal import PoolModel
internal import PoolScreen

/// What the shown view wants to know beyond the state.
extension DashboardModel {
    /// The questions that are due now.
    mutating func inquire() -> [Effect] {
        guard link.isLive else { return [] }
        return inquiry.due(wantedQuestions, at: uptime).map { .ask($0) }
    }

    private var wantedQuestions: [Question] {
        guard let pool else { return [] }
        switch view {
        case .detail: return selectedWorker.map { [.detail($0.status.id)] } ?? []
        case .fronts: return [.front(pool: pool.name)]
        case .config:
            let mayPlan = daemon.map { $0.access >= .admin } ?? false
            return [.profile(pool: pool.name)] + (mayPlan ? [.plan(pool: pool.name)] : [])
        case .workers, .logs, .events, .health, .operations, .pools: return []
        }
    }

    /// The detail of the selected worker's present process, where it is known.
    var selectedDetail: WorkerDetail? {
        guard let status = selectedWorker?.status, let detail = inquiry.detail, detail.worker == status.id,
            detail.life == status.life
        else { return nil }
        return detail
    }

    /// Why a question of the shown view has no answer; nil where it has one, or is under way.
    func failure(_ question: Question) -> String? { inquiry.failures[question].map { LogText.clean($0) } }
}
