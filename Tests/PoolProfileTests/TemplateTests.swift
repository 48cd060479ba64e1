import PoolModel
import PoolProfile
import Testing

@Suite struct TemplateTests {
    private let values = TemplateValues(
        pool: "example",
        number: 3,
        runDirectory: "/run/pool/example",
        profileDirectory: "/etc/pool",
        address: .unix(path: "/run/pool/example/3.sock")
    )

    private func expand(_ text: String, _ values: TemplateValues? = nil) -> String {
        do throws(TemplateError) {
            return try Template.expand(text, with: values ?? self.values)
        } catch {
            return "error: \(error)"
        }
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("{n}", "3"), ("{n:02}", "03"), ("{n:03}", "003"), ("{8080+n}", "8083"),
        ("{n+8080}", "8083"),
        ("{ 8080 + n }", "8083"), ("{n-1}", "2"), ("{10-n}", "7"), ("{name}.{pool}", "example_3.example"),
        ("{run}/x", "/run/pool/example/x"),
        ("{profile}", "/etc/pool"), ("--path={socket}", "--path=/run/pool/example/3.sock"), ("{{n}}", "{n}"),
        ("{{{n}}}", "{3}"),
        ("{n", "error: the '{' is never closed; write {{ for a brace"),
        ("n}", "error: '}' without a '{'; write }} for a brace"),
        ("{sokcet}", "error: unknown template \"{sokcet}\"; did you mean {socket}"),
        ("{n-9}", "error: the template gives -6 for worker 3"),
        ("{port}", "error: the worker has no port, it listens on a socket; use {socket}"),
    ])
    func expands(text: String, expected: String) {
        #expect(expand(text) == expected)
    }

    @Test(arguments: [
        "{}", "{n+}", "{+n}", "{n+n}", "{8080}", "{1234567890+n}", "{n:2}", "{n:00}", "{N}", "{a\u{1b}[2J}",
    ])
    func refusesWithTheListOfWhatIsKnown(text: String) {
        #expect(expand(text).hasPrefix("error: unknown template"))
        #expect(!expand(text).contains("\u{1b}"))
    }

    @Test func portsAndSocketsBelongToTheirKindOfAddress() {
        var values = values
        values.address = .tcp(host: "::1", port: 8083)
        #expect(expand("[::1]:{port}", values) == "[::1]:8083")
        #expect(expand("{socket}", values) == "error: the worker has no socket, it listens on TCP; use {port}")
        values.address = nil
        #expect(expand("{port}", values).contains("is made from the worker's listen"))
        #expect(expand("{socket}", values).contains("is made from the worker's listen"))
    }

    @Test func escapedTextExpandsToItself() {
        for text in ["", "{", "}", "{n}", "{{}}", "a{b}c", "{\"json\": {}}"] {
            #expect(expand(Template.escaped(text)) == text)
        }
    }
}
