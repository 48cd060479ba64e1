package import PoolScreen

/// One line that says what became of something, for a while.
package struct Notice: Hashable, Sendable {
    package static let shownFor = Duration.seconds(6)

    package var text: String
    package var role: Role
    package var until: Duration

    package init(_ text: String, _ role: Role, until: Duration) {
        self.text = text
        self.role = role
        self.until = until
    }
}
