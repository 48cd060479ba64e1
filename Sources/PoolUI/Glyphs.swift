package import PoolScreen

/// The characters beyond ASCII that the dashboard draws with, and what stands for them where they cannot be shown.
package struct Glyphs: Hashable, Sendable {
    package var good = "●"
    package var waiting = "◌"
    package var partly = "◐"
    package var warning = "▲"
    package var failed = "✕"
    package var off = "○"
    package var planned = "↻"
    package var descending = "▼"
    package var ascending = "▲"
    package var cut: Unicode.Scalar = "›"
    /// Zero, where zero is good.
    package var nothing = "·"
    package var full: Unicode.Scalar = "█"
    package var empty: Unicode.Scalar = "░"
    package var rule: Unicode.Scalar = "─"
    package var leftRight = "←/→"
    package var upDown = "↑↓"
    package var enter = "⏎"
    package var arrow = "→"
    package var atLeast = "≥"
    /// Behind what asks before it does anything.
    package var asks = "…"
    /// Heights of a sparkline from the least to the full one.
    package var levels: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    package var box = BoxGlyphs.lines

    package static let unicode = Glyphs()
    /// For locales that are not UTF-8, and for fonts that have no blocks.
    package static let ascii = Glyphs(
        good: "+",
        waiting: "~",
        partly: "-",
        warning: "!",
        failed: "X",
        off: ".",
        planned: "o",
        descending: "v",
        ascending: "^",
        cut: ">",
        nothing: ".",
        full: "#",
        empty: ".",
        rule: "-",
        leftRight: "Left/Right",
        upDown: "Up/Down",
        enter: "Enter",
        arrow: "->",
        atLeast: ">=",
        asks: "...",
        levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
        box: .ascii
    )
}
