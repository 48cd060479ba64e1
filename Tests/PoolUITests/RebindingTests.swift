import PoolScreen
import PoolUI
import Testing

struct RebindingTests {
    @Test func aKeyIsTakenFromTheCommandThatHadIt() {
        let (keys, without) = KeyMap.rebound([.stop: [.character("r")], .restart: [.function(9)]])
        #expect(keys.command(for: .character("r")) == .stop)
        #expect(keys.command(for: .function(9)) == .restart)
        #expect(keys.command(for: .character("x")) == nil)
        #expect(without.isEmpty)
    }

    @Test func quittingCannotBeTakenAway() {
        let (keys, _) = KeyMap.rebound([.quit: [], .help: [.control("c"), .character("?")]])
        #expect(keys.command(for: .control("c")) == .quit)
        #expect(keys.command(for: .character("?")) == .help)
    }

    @Test func helpAndKeyBarShowTheKeysThatHold() {
        var model = Demo.model(Size(columns: 100, rows: 60))
        var look = Look()
        look.keys = [.restart: [.character("#")]]
        model.adopt(look)
        #expect(view(model).text.contains("#Restart"))
        Demo.type(&model, "#")
        guard case .confirm = model.dialog else {
            Issue.record("no question")
            return
        }
    }

    @Test func everyKeyNameIsRead() {
        for key in KeyMap.standard.flatMap(\.keys) { #expect(Key(named: key.name) == key, "\(key.name)") }
        for name in ["", "F0", "F13", "^^", "ab", "Alt-", "click", "\u{7}"] {
            #expect(Key(named: name) == nil, "\(name)")
        }
    }

    @Test func everyCommandHasASettingNameOfItsOwn() {
        #expect(Set(Command.allCases.map(\.settingName)).count == Command.allCases.count)
        #expect(Command.nextSort.settingName == "next_sort")
        for command in Command.allCases { #expect(Command(settingName: command.settingName) == command) }
    }

    @Test func chosenColumnsAreShownInTheirOrder() {
        var model = Demo.model()
        Demo.type(&model, ":columns id,p99,pid")
        Demo.press(&model, [.enter])
        let titles = view(model).text.split(separator: "\n")[5]
        #expect(titles.contains("ID▲") && titles.contains("P99") && titles.contains("PID"))
        #expect(!titles.contains("CPU%"))
        Demo.type(&model, ":columns beauty")
        Demo.press(&model, [.enter])
        #expect(model.notice?.role == .bad)
    }

    @Test func savingIsAskedForOnlyByHand() {
        var model = Demo.model()
        #expect(model.execute("save") == [.saveSettings])
        #expect(model.execute("theme auto") == [.setTheme("auto")])
    }
}
