import PoolHTTP
import Testing

/// Paths, ranges and dates of requests for files.
@Suite struct StaticTests {
    private func decode(_ path: String) -> String? {
        let bytes = Array(path.utf8)
        let out = UnsafeMutablePointer<UInt8>.allocate(capacity: StaticPath.bytesMax + 1)
        defer { out.deallocate() }
        return bytes.withUnsafeBufferPointer { buffer -> String? in
            guard let base = buffer.baseAddress else { return nil }
            guard let (count, isDirectory) = StaticPath.decode(base, buffer.count, to: out) else { return nil }
            #expect(out[count] == 0)
            let text = String(decoding: UnsafeBufferPointer(start: out, count: count), as: UTF8.self)
            return text + (isDirectory ? "/" : "")
        }
    }

    @Test(arguments: [
        ("a.css", "a.css"), ("a/b/c.js", "a/b/c.js"), ("a//b///c", "a/b/c"), ("a/./b", "a/b"), ("./a", "a"),
        ("a/", "a/"),
        ("a/.", "a/"), ("/", "/"), ("%61%2Fb", "a/b"), ("a%20b?x=%00", "a b"), ("%C3%A9.txt", "é.txt"),
        ("a..b", "a..b"),
        ("...a" + "x", nil), (".well-known/x", ".well-known/x"), ("..", nil), ("../a", nil), ("a/..", nil),
        ("a/../b", nil),
        ("%2e%2e/a", nil), ("a/%2e%2E/b", nil), ("..%2fa", nil), ("a%00b", nil), ("%", nil), ("%4", nil), ("%zz", nil),
        (".git/config", nil), ("a/.env", nil), (".", "/"),
    ])
    func pathsStayBelow(path: String, expected: String?) {
        #expect(decode(path) == expected, "\(path)")
    }

    @Test func longPathsAreNone() {
        #expect(decode(String(repeating: "a", count: 1000))?.utf8.count == 1000)
        #expect(decode(String(repeating: "a", count: 1023)) == nil)
        #expect(decode(String(repeating: "a/", count: 600)) == nil)
        #expect(decode(String(repeating: "%61", count: 5000)) == nil)
    }

    @Test func noPathLeadsOut() {
        var random = SystemRandomNumberGenerator()
        let pieces = [".", "..", "/", "%2e", "%2E", "%2f", "a", "%00", "%", "\\", "?", "%25", ".well-known", "é"]
        for _ in 0..<20_000 {
            let path = (0..<Int.random(in: 1...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            guard let found = decode(path) else { continue }
            let segments = found.split(separator: "/", omittingEmptySubsequences: false)
            #expect(!segments.contains(".."), "\(path)")
            #expect(!segments.contains("."), "\(path)")
            #expect(!found.hasPrefix("/") || found == "/", "\(path)")
            #expect(!found.contains("\0"), "\(path)")
        }
    }

    private func parts(_ text: String, _ size: UInt64) -> FileParts {
        Array(text.utf8).withUnsafeBufferPointer { FileParts($0, size: size) }
    }

    @Test(arguments: [
        ("bytes=0-0", 10, FileParts.some([0..<1])), ("bytes=0-", 10, .some([0..<10])),
        ("BYTES=2-4", 10, .some([2..<5])),
        ("bytes=-3", 10, .some([7..<10])), ("bytes=-30", 10, .some([0..<10])), ("bytes=5-99", 10, .some([5..<10])),
        ("bytes=0-1, 4-5", 10, .some([0..<2, 4..<6])), ("bytes=9-9,20-", 10, .some([9..<10])),
        ("bytes=10-", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
        ("bytes=4-2", 10, .whole), ("bytes=", 10, .whole), ("bytes=a-b", 10, .whole), ("lines=0-1", 10, .whole),
        ("bytes=0-9,0-9", 10, .whole), ("bytes=99999999999999999999-", 10, .whole),
        ("bytes=" + (0..<17).map { "\($0)-\($0)" }.joined(separator: ","), 100, .whole),
    ])
    func rangesAreWithinTheFile(text: String, size: UInt64, expected: FileParts) {
        #expect(parts(text, size) == expected, "\(text)")
    }

    @Test func datesAreReadAsTheyAreWritten() {
        for seconds: Int64 in [0, 1, 951_782_400, 1_700_000_000, 4_102_444_799] {
            var bytes = [UInt8](repeating: 0, count: HTTPDate.bytesCount)
            bytes.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                HTTPDate.write(seconds: seconds, to: base)
            }
            #expect(bytes.withUnsafeBufferPointer { HTTPDate.read($0) } == seconds)
        }
        for text in [
            "Sun, 06 Nov 1994 08:49:37 UTC", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        ] {
            #expect(Array(text.utf8).withUnsafeBufferPointer { HTTPDate.read($0) } == nil)
        }
    }

    @Test func namesTellTypes() {
        #expect(FileType.of("a/b.CSS") == "text/css; charset=utf-8")
        #expect(FileType.of("x.tar.gz") == "application/gzip")
        #expect(FileType.of("a.b/c") == "application/octet-stream")
        #expect(FileType.of("pic.png") == "image/png")
    }
}
