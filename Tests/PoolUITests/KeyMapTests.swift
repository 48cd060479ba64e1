import PoolScreen
import PoolUI
import Testing

struct KeyMapTests {
    @Test func noKeyIsBoundTwice() {
        let keys = KeyMap.standard.flatMap(\.keys)
        #expect(Set(keys).count == keys.count)
    }

    @Test func everyCommandHasAKeyAndEveryKeyAName() {
        #expect(Set(KeyMap.standard.map(\.command)) == Set(Command.allCases))
        #expect(KeyMap.standard.allSatisfy { !$0.keys.isEmpty && !$0.help.isEmpty })
        #expect(Set(KeyMap.standard.flatMap(\.keys).map(\.name)).count == KeyMap.standard.flatMap(\.keys).count)
    }

    @Test func noFunctionKeyIsTheOnlyWay() {
        for binding in KeyMap.standard {
            #expect(binding.keys.contains { if case .function = $0 { false } else { true } }, "\(binding.command)")
        }
    }

    /// Every key of the help does what the help says, and every bound key is in the help, uncut at 80 columns.
    @Test func theHelpShowsEveryBinding() {
        var model = Demo.model(Size(columns: 80, rows: 100))
        Demo.type(&model, "?")
        let text = view(model).text
        for binding in KeyMap.standard {
            #expect(text.contains(binding.keyNames), "\(binding.keyNames) is not in the help")
            #expect(text.contains(binding.help), "\(binding.help) is cut")
            for key in binding.keys { #expect(KeyMap().command(for: key) == binding.command) }
        }
    }

    @Test func theKeyBarShowsOnlyWhatFitsAndAlwaysHowToQuit() {
        for columns in [40, 60, 80, 160] {
            for name in ViewName.allCases {
                var model = Demo.model(Size(columns: columns, rows: 24))
                model.view = name
                let bar = view(model).text.split(separator: "\n", omittingEmptySubsequences: false)[23]
                #expect(bar.contains("qQuit"))
                #expect(bar.contains("?Help"))
            }
        }
    }

    @Test func theDocumentIsTheTable() {
        expectFile(KeyMap().markdown, #filePath.replacingLast("Tests/PoolUITests/KeyMapTests.swift", "docs/KEYS.md"))
    }

    @Test func everyPaletteCommandRuns() {
        for command in PaletteCommand.all {
            var model = Demo.model()
            let arguments = [
                "scale": " 3", "signal": " HUP 1", "sort": " cpu", "filter": " x", "rate": " 2", "pool": " web-prod",
                "weight": " 2 1", "theme": " auto", "level": " warning",
                "front": " open",
            ]
            _ = model.execute(command.name + (arguments[command.name] ?? ""))
            #expect(model.notice?.role != .bad, "\(command.name): \(model.notice?.text ?? "")")
        }
    }
}

extension String {
    fileprivate func replacingLast(_ ending: String, _ other: String) -> String {
        hasSuffix(ending) ? dropLast(ending.count) + other : self
    }
}
