/// Colours by meaning.
struct Style: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        case plain, strong, dim, good, warn, bad
        /// A colour of its own for each number: workers in merged logs.
        case worker(Int)
    }

    var isColored: Bool

    static let plain = Style(isColored: false)

    func callAsFunction(_ text: String, _ role: Role) -> String {
        guard isColored, let code = Style.code(role), !text.isEmpty else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    private static func code(_ role: Role) -> String? {
        switch role {
        case .plain: nil
        case .strong: "1"
        case .dim: "2"
        case .good: "32"
        case .warn: "33"
        case .bad: "31"
        // Six hues that are readable on dark and on light, then their bright forms.
        case .worker(let number): ["36", "35", "34", "32", "33", "96", "95", "94", "92", "93"][abs(number % 10)]
        }
    }
}
