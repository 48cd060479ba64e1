internal import CNcurses
internal import PoolScreen

/// What terminfo says the keys of this terminal send; the decoder knows the common forms by itself.
enum TerminalKeys {
    private static let names: [(String, Key)] = [
        ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
        ("kpp", .pageUp), ("knp", .pageDown), ("kich1", .insert), ("kdch1", .delete), ("kcbt", .backTab),
    ]

    static func sequences() -> [[UInt8]: Key] {
        var sequences: [[UInt8]: Key] = [:]
        let functions = (1...12).map { ("kf\($0)", Key.function($0)) }
        for (name, key) in names + functions {
            guard let text = cn_capability(name) else { continue }
            let bytes = Array(String(cString: text).utf8)
            // Only what begins with ESC: a plain character must stay what it is.
            if bytes.first == 0x1B, bytes.count > 1 { sequences[bytes] = key }
        }
        return sequences
    }
}
