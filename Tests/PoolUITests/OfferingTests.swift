import PoolAPI
import PoolModel
import PoolScreen
import PoolUI
import Testing

/// What is pressed acts on what is looked at; what cannot be done is not offered.
struct OfferingTests {
    private func bar(_ model: DashboardModel) -> String {
        String(view(model).text.split(separator: "\n", omittingEmptySubsequences: false)[model.size.rows - 1])
    }

    private func lost() -> DaemonLink {
        var link = DaemonLink(socket: "/run/pool/control.sock")
        link.phase = .lost
        link.reason = "nobody listens"
        link.lostAt = Demo.time(8)
        return link
    }

    /// No key of another view changes anything but the line that says where it belongs.
    @Test func keysOfOtherViewsDoNothing() {
        for name in ViewName.allCases {
            for binding in KeyMap.standard where !binding.acts(in: name) {
                for key in binding.keys {
                    var model = Demo.model(Size(columns: 160, rows: 50))
                    model.view = name
                    let before = view(model)
                    #expect(Demo.press(&model, [key]).isEmpty, "\(key.name) in \(name)")
                    #expect(model.dialog == nil && model.view == name, "\(key.name) in \(name)")
                    #expect(model.notice?.text.contains("belongs to") == true, "\(key.name) in \(name)")
                    model.notice = nil
                    #expect(view(model) == before, "\(key.name) in \(name)")
                }
            }
        }
    }

    @Test(arguments: ["f", "v", "e", "w", "m", "t", "b", "o", "n"])
    func theTableKeepsKeysOfTheLogBelowItToItself(_ key: String) {
        var model = Demo.model(Size(columns: 160, rows: 50))
        Demo.type(&model, key)
        #expect(model.logs.isFollowing && model.logs.minimum == .debug && !model.logs.isWrapped)
        #expect(model.notice?.text.contains("Logs (3)") == true)
    }

    @Test func theDetailFiltersItsOwnLog() {
        var model = Demo.model(Size(columns: 160, rows: 50))
        Demo.press(&model, [.enter])
        Demo.type(&model, "/key")
        Demo.press(&model, [.enter])
        #expect(model.view == .detail)
        #expect(model.logs.filter?.source == "key")
        #expect(model.table.filter == nil)
        // Where the log gave way to something else its keys have nothing to act on.
        Demo.type(&model, "iw")
        #expect(!model.logs.isWrapped)
        #expect(model.notice?.text.contains("i shows it") == true)
    }

    @Test func theKeyBarOffersNoActionThatIsRefused() {
        for size in GoldenTests.sizes {
            var model = Demo.model(size)
            #expect(size.columns < 80 || bar(model).contains("rRestart"))
            model.settings.isReadOnly = true
            for name in ViewName.allCases {
                model.view = name
                #expect(!["Restart", "Drain", "Stop", "Cancel", "Connect"].contains { bar(model).contains($0) })
            }
            model.settings.isReadOnly = false
            model.view = .workers
            Demo.apply(&model, .link(lost()))
            model.notice = nil
            let text = view(model).text
            #expect(text.contains("actions off"), "\(size)")
            guard size.rows >= 12 else { continue }
            #expect(bar(model).contains("^RConnect"), "\(size)")
            #expect(!["Restart", "Drain", "Stop"].contains { bar(model).contains($0) })
        }
    }

    @Test func theHelpIsSearched() {
        var model = Demo.model()
        Demo.type(&model, "?/rollin")
        let text = view(model).text
        #expect(text.contains("rolling restart of all"))
        #expect(!text.contains("row down"))
        Demo.press(&model, [.enter, .down])
        #expect(view(model).text.contains("/rollin/"))
        // Esc takes the search away first, then the help.
        Demo.press(&model, [.escape])
        #expect(view(model).text.contains("row down"))
        Demo.press(&model, [.escape])
        #expect(model.dialog == nil)
        Demo.type(&model, "?/zzz")
        #expect(view(model).text.contains("Esc shows all"))
    }

    @Test(arguments: GoldenTests.sizes)
    func everyMistakeInTheSettingsIsReachable(_ size: Size) {
        var model = Demo.model(size)
        model.settingsIssues = (1...6).map { "pooltop.toml: line \($0 * 3): mistake number \($0)" }
        Demo.type(&model, "?")
        var seen = ""
        for _ in 0..<60 {
            // Narrow screens wrap them.
            seen += view(model).text.split(whereSeparator: \.isWhitespace).joined(separator: " ") + " "
            Demo.press(&model, [.down])
        }
        for number in 1...6 { #expect(seen.contains("line \(number * 3): mistake number \(number) ")) }
        Demo.press(&model, [.escape])
        Demo.type(&model, ",")
        #expect(view(model).text.contains("6 mistakes"))
    }
}
