import Foundation
import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Testing

/// Answers compressed on their way, read back by somebody else's gzip.
@Suite struct GzipTests {
    private let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    private static let text = (0..<20_000).map { "line \($0 % 97)\n" }.joined()

    private func proxy(_ fields: String, _ body: String, chunked: Bool = false) throws -> TestProxy {
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while try connection.next() != nil {
                if chunked {
                    try connection.socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\(fields)\r\n")
                    var rest = Substring(body)
                    while !rest.isEmpty {
                        let part = rest.prefix(7001)
                        rest = rest.dropFirst(7001)
                        try connection.socket.send("\(String(part.utf8.count, radix: 16))\r\n\(part)\r\n")
                    }
                    try connection.socket.send("0\r\n\r\n")
                } else {
                    try connection.socket.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
                    )
                }
            }
        }
        return try TestProxy([worker], directory: directory) { $0.front.gzip = GzipSpec() }
    }

    private func inflated(_ answer: TestAnswer) throws -> String {
        let file = "\(directory.path)/body.gz"
        try Data(answer.body).write(to: URL(fileURLWithPath: file))
        let result = try Program.run("gzip", ["-dc", file])
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test(arguments: [false, true]) func bodiesAreCompressed(_ chunked: Bool) throws {
        let fields = "Content-Type: text/plain; charset=utf-8\r\nETag: \"a\"\r\nAccept-Ranges: bytes\r\nX-A: 1\r\n"
        let proxy = try proxy(fields, GzipTests.text, chunked: chunked)
        let client = try proxy.connect()
        for _ in 0..<3 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n")
            let answer = try client.readAnswer()
            #expect(answer.field("content-encoding") == "gzip" && answer.field("vary") == "Accept-Encoding")
            #expect(answer.field("etag") == "W/\"a\"" && answer.field("x-a") == "1")
            #expect(answer.field("content-length") == nil && answer.field("accept-ranges") == nil)
            #expect(answer.body.count < GzipTests.text.utf8.count / 10)
            #expect(try inflated(answer) == GzipTests.text)
        }
        #expect(proxy.total(.connects, slot: 0) == 1, "the worker's connection is used again")
        let plain = try proxy.get()
        #expect(plain.text == GzipTests.text && plain.field("vary") == "Accept-Encoding")
        #expect(plain.field("etag") == "\"a\"" && plain.field("content-encoding") == nil)
        let refused = try proxy.get(fields: "Accept-Encoding: gzip;q=0\r\n")
        #expect(refused.text == GzipTests.text)
    }

    /// Nothing of the answer has been sent by then: the client can still be told.
    @Test func aBodyThatBeginsWithNonsenseIsA502() throws {
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"
            )
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.gzip = GzipSpec() }
        for fields in ["", "Accept-Encoding: gzip\r\n"] {
            let answer = try proxy.get(fields: fields)
            #expect(answer.status == 502 && answer.error?.hasPrefix("bad-answer; fault=chunk-size;") == true)
        }
    }

    @Test(arguments: [
        "Content-Type: image/png\r\n", "", "Content-Type: text/html\r\nContent-Encoding: br\r\n",
        "Content-Type: text/html\r\nCache-Control: public, No-Transform\r\n",
        "Content-Type: text/html\r\nContent-Range: bytes 0-9/20\r\n",
    ])
    func whatMustNotBeTouchedIsNot(_ fields: String) throws {
        let answer = try proxy(fields, GzipTests.text).get(fields: "Accept-Encoding: gzip\r\n")
        #expect(answer.text == GzipTests.text && answer.field("content-encoding") != "gzip")
        #expect(answer.field("vary") == nil)
    }

    @Test func smallOnesStay() throws {
        let answer = try proxy("Content-Type: text/html\r\n", "small").get(fields: "Accept-Encoding: gzip\r\n")
        #expect(answer.text == "small" && answer.field("content-length") == "5")
    }

    /// What a worker says is with the client before it says more.
    @Test func eventsAreNotHeldBack() throws {
        let more = DispatchSemaphore(value: 0)
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            _ = try connection.next()
            try connection.socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nfirst")
            #expect(more.wait(timeout: .now() + 10) == .success)
            // Ends with the connection.
            try connection.socket.send("second")
        }
        let proxy = try TestProxy([worker], directory: directory) { $0.front.gzip = GzipSpec() }
        let script = """
            import socket, sys, zlib
            client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
            client.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n")
            data = client.makefile("rb")
            while data.readline() != b"\\r\\n": pass
            unpack, text = zlib.decompressobj(31), b""
            while True:
                size = int(data.readline(), 16)
                if size == 0: break
                text += unpack.decompress(data.read(size))
                data.readline()
                if text == b"first":
                    print("first\\n", end="", flush=True)
                    sys.stdin.readline()
            assert unpack.eof and text == b"firstsecond", text
            print("whole\\n", end="")
            """
        guard case .tcp(_, let port) = proxy.front else { return }
        let process = Process()
        let (output, input) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "30", "python3", "-c", script, "\(port)"]
        (process.standardOutput, process.standardInput) = (output, input)
        try process.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "first\n")
        more.signal()
        input.fileHandleForWriting.write(Data("\n".utf8))
        process.waitUntilExit()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "whole\n")
        #expect(process.terminationStatus == 0)
    }
}
