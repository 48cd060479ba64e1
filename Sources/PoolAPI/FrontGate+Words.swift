package import PoolModel

extension FrontGate {
    /// What it does, for people: `held until 10:41:05 UTC by alice (uid 1000, pid 4711), then refused: migration`.
    package var words: String {
        let what = kind == .hold ? "held" : "in maintenance"
        let until = until.map { " until \($0.timeOfDay.prefix(8)) UTC" } ?? ""
        let then = self.until == nil ? "" : afterwards == .serve ? ", then served" : ", then refused"
        let why = why.isEmpty ? "" : ": \(why)"
        if isOver {
            return "refuses requests: the hold by \(actor) ended at \(self.until?.timeOfDay.prefix(8) ?? "")\(why)"
        }
        return "\(what)\(until) by \(actor)\(then)\(why)"
    }

    /// Whether requests are refused, rather than kept waiting.
    package var refuses: Bool { kind == .maintenance || isOver }
}
