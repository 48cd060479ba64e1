internal import PoolScreen

/// Colours for the roles. The terminal's own background is kept, so that light terminals stay readable.
package enum Theme: String, Hashable, Sendable, CaseIterable {
    case auto
    /// For a dark background; what `auto` takes too, because most terminals have one.
    case dark
    case light
    case contrast
    /// Okabe and Ito's colours: blue for good, vermilion for bad; told apart with every kind of colour vision.
    case colorblind
    case mono

    /// What a role looks like.
    struct Style {
        /// Indexes of the 256-colour palette; nil is the terminal's own.
        var foreground: Int?
        var background: Int?
        /// Indexes of the 8 basic colours.
        var basic: Int?
        var basicBackground: Int?
        var isBold = false
        var isDim = false
        var isReverse = false
        var isUnderlined = false
    }

    /// The style of a role with colours.
    func style(_ role: Role) -> Style {
        let usual = Theme.usual(role)
        switch self {
        case .auto, .dark, .mono: return usual
        case .light: return Theme.light(role) ?? usual
        case .contrast: return Theme.contrast(role) ?? usual
        case .colorblind: return Theme.colorblind(role) ?? usual
        }
    }

    /// The style of a role where there are no colours: no two neighbours look alike by bold alone.
    static func plain(_ role: Role) -> Style {
        switch role {
        case .title, .tabOn, .header, .headerSorted, .selected, .match, .keyLabel, .buttonOn:
            Style(isBold: role == .headerSorted || role == .tabOn, isReverse: true)
        case .bad, .key, .graphBad, .tagged: Style(isBold: true)
        case .warn, .input: Style(isUnderlined: true)
        case .dim, .border, .gaugeEmpty: Style(isDim: true)
        case .normal, .tab, .ok, .info, .gauge, .graph, .button: Style()
        }
    }

    private static func usual(_ role: Role) -> Style {
        switch role {
        case .normal, .button: Style()
        case .dim: Style(foreground: 244, isDim: true)
        case .title: Style(foreground: 231, background: 24, basic: 7, basicBackground: 4, isBold: true)
        case .tab: Style(foreground: 250, background: 236, basic: 7)
        case .tabOn: Style(foreground: 231, background: 24, basic: 7, basicBackground: 4, isBold: true)
        case .header: Style(foreground: 250, background: 236, basic: 0, basicBackground: 7)
        case .headerSorted: Style(foreground: 231, background: 238, basic: 7, basicBackground: 4, isBold: true)
        case .selected: Style(foreground: 231, background: 25, basic: 7, basicBackground: 4, isBold: true)
        case .tagged: Style(foreground: 220, basic: 3)
        case .ok: Style(foreground: 78, basic: 2)
        case .info: Style(foreground: 75, basic: 6)
        case .warn: Style(foreground: 214, basic: 3)
        case .bad: Style(foreground: 203, basic: 1, isBold: true)
        case .gauge: Style(foreground: 78, basic: 2)
        case .gaugeEmpty: Style(foreground: 238, basic: 7, isDim: true)
        case .graph: Style(foreground: 73, basic: 6)
        case .graphBad: Style(foreground: 203, basic: 1, isBold: true)
        case .match: Style(foreground: 16, background: 220, basic: 0, basicBackground: 3)
        case .key: Style(isBold: true)
        case .keyLabel: Style(foreground: 16, background: 73, basic: 0, basicBackground: 6)
        case .border: Style(foreground: 240, isDim: true)
        case .buttonOn: Style(foreground: 231, background: 25, basic: 7, basicBackground: 4, isBold: true)
        case .input: Style(isBold: true)
        }
    }

    private static func light(_ role: Role) -> Style? {
        switch role {
        case .dim: Style(foreground: 243, isDim: true)
        case .tab, .header: Style(foreground: 236, background: 252, basic: 0, basicBackground: 7)
        case .headerSorted: Style(foreground: 16, background: 249, basic: 7, basicBackground: 4, isBold: true)
        case .tagged: Style(foreground: 130, basic: 3)
        case .ok, .gauge: Style(foreground: 28, basic: 2)
        case .info: Style(foreground: 25, basic: 4)
        case .warn: Style(foreground: 130, basic: 3)
        case .bad, .graphBad: Style(foreground: 160, basic: 1, isBold: true)
        case .graph: Style(foreground: 30, basic: 6)
        case .gaugeEmpty: Style(foreground: 252, basic: 7)
        case .border: Style(foreground: 248, isDim: true)
        case .normal, .title, .tabOn, .selected, .match, .key, .keyLabel, .button, .buttonOn, .input: nil
        }
    }

    private static func contrast(_ role: Role) -> Style? {
        switch role {
        case .dim, .border, .gaugeEmpty: Style(foreground: 252, basic: 7)
        case .tab, .header: Style(foreground: 16, background: 231, basic: 0, basicBackground: 7)
        case .ok, .gauge: Style(foreground: 46, basic: 2, isBold: true)
        case .warn: Style(foreground: 226, basic: 3, isBold: true)
        case .bad, .graphBad: Style(foreground: 231, background: 160, basic: 7, basicBackground: 1, isBold: true)
        case .info, .graph: Style(foreground: 51, basic: 6, isBold: true)
        case .selected, .buttonOn: Style(foreground: 16, background: 226, basic: 0, basicBackground: 3, isBold: true)
        case .normal, .title, .tabOn, .headerSorted, .tagged, .match, .key, .keyLabel, .button, .input: nil
        }
    }

    private static func colorblind(_ role: Role) -> Style? {
        switch role {
        case .ok, .gauge: Style(foreground: 32, basic: 4)
        case .warn: Style(foreground: 214, basic: 3)
        case .bad, .graphBad: Style(foreground: 202, basic: 3, isBold: true)
        case .info, .graph: Style(foreground: 117, basic: 6)
        case .normal, .dim, .title, .tab, .tabOn, .header, .headerSorted, .selected, .tagged, .gaugeEmpty, .match, .key,
            .keyLabel, .border, .button, .buttonOn, .input:
            nil
        }
    }
}
