internal import PoolModel
internal import PoolScreen

/// One operation in full: who asked for what and why, and every step. Read as a page, on a screen of any size.
enum OperationPage {
    static func page(_ operation: PoolModel.Operation, _ model: DashboardModel) -> Page {
        var page = Page()
        page.addTitle([(1, "\(operation.id)   Esc: the list")])
        page.addFact("verb", CellText(operation.verb.rawValue))
        page.addFact("state", CellText(operation.state.rawValue, operation.state.role))
        page.addFact("asked by", CellText(LogText.clean(operation.actor)))
        if !operation.why.isEmpty { page.addFact("why", CellText(LogText.clean(operation.why))) }
        let offset = model.settings.utcOffset
        page.addFact("since", CellText(ClockText.ofDay(operation.createdAt, offset: offset)))
        if let finished = operation.finishedAt {
            page.addFact("finished", CellText(ClockText.ofDay(finished, offset: offset)))
        }
        if let result = operation.result {
            page.addFact("result", CellText(LogText.clean(result), operation.state.role))
        }
        let done = operation.steps.count { $0.state.isFinished }
        page.addGap()
        page.addTitle([(1, "STEPS \(done)/\(operation.steps.count)")])
        if operation.steps.isEmpty { page.add("It has none.", .dim) }
        for step in operation.steps {
            page.add([
                (1, CellText(OperationsView.mark(step.state, model.glyphs), step.state.role)),
                (3, CellText("w\(step.worker.number)", .key)), (10, CellText(step.state.rawValue, step.state.role)),
                (21, CellText(LogText.clean(step.detail))),
            ])
        }
        return page.reflowed(width: model.size.columns)
    }
}
