/// The characters that frames are drawn with.
package struct BoxGlyphs: Hashable, Sendable {
    package var horizontal: Unicode.Scalar
    package var vertical: Unicode.Scalar
    package var topLeft: Unicode.Scalar
    package var topRight: Unicode.Scalar
    package var bottomLeft: Unicode.Scalar
    package var bottomRight: Unicode.Scalar
    /// Ends a title that was cut.
    package var cut: Unicode.Scalar

    package static let lines = BoxGlyphs(
        horizontal: "─",
        vertical: "│",
        topLeft: "┌",
        topRight: "┐",
        bottomLeft: "└",
        bottomRight: "┘",
        cut: "›"
    )
    package static let ascii = BoxGlyphs(
        horizontal: "-",
        vertical: "|",
        topLeft: "+",
        topRight: "+",
        bottomLeft: "+",
        bottomRight: "+",
        cut: ">"
    )
}

extension Screen {
    /// Clears a rectangle and draws a frame with a title around it.
    ///
    /// - Returns: what is inside of the frame.
    @discardableResult
    package mutating func box(_ rect: Rect, title: String, glyphs: BoxGlyphs) -> Rect {
        fill(rect)
        guard rect.width >= 2, rect.height >= 2 else { return rect }
        let right = rect.maxX - 1
        let bottom = rect.maxY - 1
        for (y, left, end) in [
            (rect.y, glyphs.topLeft, glyphs.topRight), (bottom, glyphs.bottomLeft, glyphs.bottomRight),
        ] {
            fill(Rect(x: rect.x, y: y, width: rect.width, height: 1), glyphs.horizontal, role: .border)
            put(String(left), x: rect.x, y: y, role: .border)
            put(String(end), x: right, y: y, role: .border)
        }
        for x in [rect.x, right] {
            fill(Rect(x: x, y: rect.y + 1, width: 1, height: rect.height - 2), glyphs.vertical, role: .border)
        }
        if !title.isEmpty, rect.width > 6 {
            put(" \(title) ", x: rect.x + 2, y: rect.y, role: .key, limit: rect.width - 4, mark: glyphs.cut)
        }
        return rect.inset(x: 1, y: 1)
    }
}
