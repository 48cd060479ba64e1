extension String {
    /// Without blanks at both ends.
    var trimmingBlanks: String {
        let rest = drop { $0 == " " }
        guard let last = rest.lastIndex(where: { $0 != " " }) else { return "" }
        return String(rest[...last])
    }
}
