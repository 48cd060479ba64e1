import Testing

/// The style guide as far as a program can check it: what may import what, and how large things may grow.
@Suite struct LayerTests {
    /// What each pure target may import besides the targets that its manifest entry names.
    static let pure: [String: Set<String>] = [
        "PoolModel": [],
        "PoolCore": ["PoolModel"],
        // memchr and memcpy
        "PoolHTTP": ["PoolModel", "Glibc"],
        // JSON
        "PoolAPI": ["PoolModel", "FoundationEssentials"],
        "PoolTOML": [],
        "PoolProfile": ["PoolModel", "PoolTOML"],
        "PoolScreen": [],
        "PoolUI": ["PoolModel", "PoolAPI", "PoolScreen"],
    ]

    /// Modules that only one target may import, because they are large or because they are the seam.
    static let confined: [String: Set<String>] = [
        "NIOCore": ["PoolManager"],
        "NIOPosix": ["PoolManager"],
        "NIOHTTP1": ["PoolManager"],
        "CNcurses": ["PoolTerminal"],
        "COpenSSL": ["PoolTLS"],
        "CNghttp2": ["PoolProxy"],
        "CTLSClient": ["PoolClient"],
        "CZlib": ["PoolProxy", "PoolManager"],
        "ArgumentParser": ["PoolCommands", "PoolDashboard", "poold", "pooltop"],
        // Its data (ICU) and relocations cost the command line milliseconds at every start.
        "Foundation": [],
    ]

    static func imports(of file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index < words.count - 1,
                words[..<index].allSatisfy({
                    ["package", "internal", "private", "fileprivate", "public"].contains($0) || $0.hasPrefix("@")
                })
            else { return nil }
            return String(words[words.count - 1].split(separator: ".")[0])
        }
    }

    @Test func pureTargetsImportOnlyWhatTheyMay() throws {
        for file in try SourceTree.files(below: "Sources") {
            guard let allowed = LayerTests.pure[file.target] else { continue }
            for module in LayerTests.imports(of: file) {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func confinedModulesStayWhereTheyBelong() throws {
        for file in try SourceTree.files(below: "Sources") {
            for module in LayerTests.imports(of: file) {
                guard let targets = LayerTests.confined[module] else { continue }
                #expect(targets.contains(file.target), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func pureTargetsAreSynchronous() throws {
        for file in try SourceTree.files(below: "Sources") where LayerTests.pure[file.target] != nil {
            for (index, line) in file.lines.enumerated() where !line.trimmed.hasPrefix("//") {
                #expect(
                    !line.contains(" async ") && !line.contains("await "),
                    "\(file.path):\(index + 1) is asynchronous"
                )
            }
        }
    }

    @Test func pureTargetsReadNoClock() throws {
        let clocks = ["clock_gettime", "gettimeofday", "ContinuousClock", "SuspendingClock", "Date()", "Date.now"]
        for file in try SourceTree.files(below: "Sources") where LayerTests.pure[file.target] != nil {
            for (index, line) in file.lines.enumerated() {
                for clock in clocks {
                    #expect(!line.contains(clock), "\(file.path):\(index + 1) reads a clock")
                }
            }
        }
    }
}
