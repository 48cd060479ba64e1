package import PoolScreen

/// A question before something changes. Cancel has the focus; what would happen, to whom, and the same as a command are
/// said; the deed carries the processes as they were when the question was put.
package struct Confirmation: Hashable, Sendable {
    package enum Button: Hashable, Sendable { case cancel, confirm, force }

    package enum Answer: Hashable, Sendable {
        case waiting, cancelled
        case confirmed(Deed)
    }

    package var title: String
    /// Whom it meets: below the rest where the screen is too low for all.
    package var targets: [CellText]
    /// What it means.
    package var lines: [CellText]
    /// The `poolctl` line that does the same.
    package var command: String
    /// The word on the button: `Restart`.
    package var label: String
    package var deed: Deed
    /// The deed without waiting for requests in flight; nil where there is no such thing.
    package var forced: Deed?
    /// What must be typed first: the pool's name, where the deed would leave nobody to serve.
    package var nameToType: String?
    package var typed = ""
    package var focus = Button.cancel
    /// The first line of the text that is shown, where the screen is too low for all.
    package var top = 0

    package init(
        title: String,
        targets: [CellText] = [],
        lines: [CellText],
        command: String,
        label: String,
        deed: Deed
    ) {
        self.title = title
        self.targets = targets
        self.lines = lines
        self.command = command
        self.label = label
        self.deed = deed
    }

    package var buttons: [Button] { forced == nil ? [.cancel, .confirm] : [.cancel, .confirm, .force] }

    /// Takes a key. Enter presses the focused button, which is Cancel until the focus was moved.
    package mutating func press(_ key: Key) -> Answer {
        switch key {
        case .escape, .control("c"): return .cancelled
        case .left, .backTab: moveFocus(by: -1)
        case .right, .tab: moveFocus(by: 1)
        case .enter: return nameToType == nil ? press(focus) : pressTyped()
        case .backspace: if !typed.isEmpty { typed.removeLast() }
        case .paste: break
        case .character(let scalar):
            if nameToType != nil {
                if typed.unicodeScalars.count < 64 { typed.unicodeScalars.append(scalar) }
            } else if scalar == "y" || scalar == "Y" {
                return .confirmed(deed)
            } else if scalar == "F", let forced {
                return .confirmed(forced)
            } else if scalar == "n" || scalar == "q" {
                return .cancelled
            }
        case .up, .wheel(..<0, _): top -= 1
        case .down, .wheel(1..., _): top += 1
        case .pageUp, .home: top -= 4
        case .pageDown, .end: top += 4
        case .control, .alt, .insert, .delete, .function, .click, .wheel,
            .unknown:
            break
        }
        return .waiting
    }

    private func press(_ button: Button) -> Answer {
        switch button {
        case .cancel: .cancelled
        case .confirm: .confirmed(deed)
        case .force: forced.map { .confirmed($0) } ?? .waiting
        }
    }

    private func pressTyped() -> Answer {
        if typed == nameToType { return .confirmed(deed) }
        return typed.isEmpty ? .cancelled : .waiting
    }

    private mutating func moveFocus(by step: Int) {
        guard nameToType == nil, let index = buttons.firstIndex(of: focus) else { return }
        focus = buttons[(index + step + buttons.count) % buttons.count]
    }
}
