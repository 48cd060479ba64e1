internal import CNcurses
internal import PoolScreen

/// The roles as ncurses wants them: attributes and a colour pair each.
struct Palette {
    private(set) var attributes: [attr_t] = []
    private(set) var pairs: [Int32] = []

    /// Defines a pair for each role; `start_color` has run where there are colours.
    init(theme: Theme, depth: ColorDepth) {
        for role in Role.allCases {
            let hasColors = depth != .never && theme != .mono
            let style = hasColors ? theme.style(role) : Theme.plain(role)
            attributes.append(Palette.attributes(style, depth: depth))
            pairs.append(hasColors ? Palette.definePair(Int32(role.rawValue) + 1, style, depth: depth) : 0)
        }
    }

    private static func attributes(_ style: Theme.Style, depth: ColorDepth) -> attr_t {
        // Where there are enough colours, dim has one of its own; many terminals show the attribute badly.
        let hasManyColors = depth == .palette256 || depth == .direct
        var bits: attr_t = 0
        if style.isBold { bits |= cn_bold }
        if style.isDim, !hasManyColors { bits |= cn_dim }
        if style.isReverse { bits |= cn_reverse }
        if style.isUnderlined { bits |= cn_underline }
        return bits
    }

    private static func definePair(_ pair: Int32, _ style: Theme.Style, depth: ColorDepth) -> Int32 {
        let (foreground, background): (Int?, Int?) =
            switch depth {
            case .never, .ansi8, .ansi16: (style.basic, style.basicBackground)
            case .palette256: (style.foreground, style.background)
            case .direct: (style.foreground.map(rgb), style.background.map(rgb))
            }
        guard foreground != nil || background != nil else { return 0 }
        init_extended_pair(pair, Int32(foreground ?? -1), Int32(background ?? -1))
        return pair
    }

    /// A colour of the 256 as 24 bits: xterm's cube and greys; the first 16 are not used by the themes but one.
    private static func rgb(_ index: Int) -> Int {
        if index >= 232 { return (8 + (index - 232) * 10) * 0x010101 }
        guard index >= 16 else { return 0 }
        func level(_ value: Int) -> Int { value == 0 ? 0 : 55 + value * 40 }
        let cube = index - 16
        return level(cube / 36) << 16 | level(cube / 6 % 6) << 8 | level(cube % 6)
    }
}
