import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

struct PaletteTests {
    @Test(
        arguments: [
            ("restart 1-3", "poolctl restart 1-3"), ("stop state:fatal,7 ", nil),
            ("drain web-prod_2", "poolctl drain 2"),
            ("signal sighup 4", "poolctl signal HUP 4"), ("scale 6", "poolctl scale 6"), ("restart 99", nil),
            ("scale x", nil),
            ("scale -1", "poolctl scale 15"), ("scale +2", "poolctl scale 18"), ("scale -17", nil), ("nonsense", nil),
            ("scale +9223372036854775807", nil), ("scale -9223372036854775808", nil),
            ("weight 5 2 --why 'new disk'", "poolctl weight 5 2 --why 'new disk'"), ("weight 5 2 --force", nil),
            ("restart 3 --why \"it's slow\"", "poolctl restart 3 --why 'it'\\''s slow'"),
            ("maint 4,6-8", "poolctl maint 4 6-8"),
            ("deploy", "poolctl deploy"), ("deploy --surge 1 --no-rollback", "poolctl deploy --surge 1 --no-rollback"),
            ("deploy --batch", nil), ("deploy --batch 0", nil), ("hold --for 2m", "poolctl hold --for 120"),
            ("hold --for 2h", nil), ("front maintenance --for 1h", "poolctl front maintenance --for 3600"),
            ("front open", "poolctl front open"), ("front open --for 3", nil), ("front", nil), ("front open now", nil),
            ("front open --why done", "poolctl front open --why 'done'"), ("front maintenance --why", nil),
            ("hold --why 'one deploy' --for 9", "poolctl hold --for 9 --why 'one deploy'"),
            ("deploy --why 'release 7'", "poolctl deploy --why 'release 7'"),
        ] as [(String, String?)]
    )
    func actionsTakeSelectorsAndAsk(_ line: String, _ command: String?) {
        var model = Demo.model()
        #expect(model.execute(line).isEmpty)
        if let command {
            guard case .confirm(let question) = model.dialog else {
                Issue.record("\(line) does not ask: \(model.notice?.text ?? "")")
                return
            }
            #expect(question.command == command)
        } else if line.hasPrefix("stop") {
            // Worker 7 and all that are FATAL: there are none.
            guard case .confirm(let question) = model.dialog else { return }
            #expect(question.command == "poolctl stop 7")
        } else {
            #expect(model.dialog == nil)
            #expect(model.notice?.role == .bad)
        }
    }

    @Test func tabCompletesAndEnterTakesTheChoice() {
        var model = Demo.model()
        Demo.type(&model, ":ev")
        Demo.press(&model, [.tab])
        guard case .palette(let palette) = model.dialog else {
            Issue.record("no palette")
            return
        }
        #expect(palette.editor.text == "events")
        Demo.press(&model, [.enter])
        #expect(model.view == .events)
        Demo.type(&model, ":s")
        Demo.press(&model, [.down, .down, .escape])
        #expect(model.dialog == nil)
    }

    @Test func theHistoryComesBack() {
        var model = Demo.model()
        Demo.type(&model, ":events")
        Demo.press(&model, [.enter])
        Demo.type(&model, ":")
        Demo.press(&model, [.up])
        guard case .palette(let palette) = model.dialog else {
            Issue.record("no palette")
            return
        }
        #expect(palette.editor.text == "events")
    }

    @Test func theEditorEdits() {
        var editor = LineEditor()
        for scalar in "hello world".unicodeScalars { _ = editor.press(.character(scalar)) }
        _ = editor.press(.control("w"))
        #expect(editor.text == "hello")
        _ = editor.press(.home)
        _ = editor.press(.delete)
        _ = editor.press(.paste("J\u{1B}[31m\n"))
        #expect(editor.text == "Jello")
        _ = editor.press(.control("k"))
        #expect(editor.text == "J")
        for _ in 0..<1000 { _ = editor.press(.character("x")) }
        #expect(editor.text.count == LineEditor.lengthMax)
    }
}
