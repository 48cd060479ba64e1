internal import PoolScreen

/// The last line: keys of this view that fit and do something now, from the key table.
enum KeyBar {
    static func draw(_ model: DashboardModel, in rect: Rect, on screen: inout Screen) {
        guard !rect.isEmpty else { return }
        let labelled = model.keys.bindings.filter { $0.label != nil && model.isOffered($0) }
        let quit = labelled.filter { $0.command == .quit }
        let help = labelled.filter { $0.command == .help }
        let connect = labelled.filter { $0.command == .reconnect }
        let here = labelled.filter { !$0.views.isEmpty && model.pool != nil }
        // In the detail the worker comes before its log.
        let own =
            model.view == .detail
            ? here.filter { !$0.command.readsLog } + here.filter { $0.command.readsLog } : here
        let rest = labelled.filter { $0.views.isEmpty && ![.quit, .help, .reconnect].contains($0.command) }
        var x = rect.x
        let room = rect.maxX - quit.reduce(0) { $0 + width($1, model) }
        for binding in help + connect + own + rest where x + width(binding, model) <= room {
            x = draw(binding, model, x: x, y: rect.y, on: &screen)
        }
        for binding in quit { x = draw(binding, model, x: x, y: rect.y, on: &screen) }
    }

    private static func draw(_ binding: Binding, _ model: DashboardModel, x: Int, y: Int, on screen: inout Screen)
        -> Int
    {
        let end = screen.put(key(binding, model), x: x, y: y, role: .key)
        return screen.put((binding.label ?? "") + " ", x: end, y: y, role: .keyLabel) + 1
    }

    private static func width(_ binding: Binding, _ model: DashboardModel) -> Int {
        TextWidth.columns(of: key(binding, model)) + TextWidth.columns(of: binding.label ?? "") + 2
    }

    private static func key(_ binding: Binding, _ model: DashboardModel) -> String {
        guard let first = binding.keys.first else { return "" }
        if first == .enter { return model.glyphs.enter }
        return first == .character(" ") ? "Spc" : first.name
    }
}
