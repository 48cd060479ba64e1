internal import PoolModel

/// What a front's gate does, for people.
enum GateOutput {
    /// `held until 10:41:05 by alice (uid 1000, pid 4711), then refused: migration`.
    static func words(_ gate: FrontGate) -> String {
        let what = gate.kind == .hold ? "held" : "in maintenance"
        let until = gate.until.map { " until \($0.timeOfDay.prefix(8)) UTC" } ?? ""
        let then = gate.until == nil ? "" : gate.afterwards == .serve ? ", then served" : ", then refused"
        let why = gate.why.isEmpty ? "" : ": \(gate.why)"
        if gate.isOver {
            return "refuses requests: the hold by \(gate.actor) ended at \(gate.until?.timeOfDay.prefix(8) ?? "")\(why)"
        }
        return "\(what)\(until) by \(gate.actor)\(then)\(why)"
    }
}
