import Foundation
import PoolModel

/// A certificate of its own authority, made by the `openssl` program in the test's directory.
struct TestCertificate {
    let files: CertificateFiles

    init(_ name: String, for hosts: [String], in directory: TestDirectory) throws {
        let base = "\(directory.path)/\(name)"
        files = CertificateFiles(certificate: "\(base).pem", key: "\(base).key")
        let names = hosts.map { "DNS:\($0)" } + ["IP:127.0.0.1"]
        let result = try Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2",
                "-keyout", files.key, "-out", files.certificate, "-subj", "/CN=\(name)",
                "-addext", "subjectAltName=\(names.joined(separator: ","))",
            ]
        )
        guard result.status == 0 else { throw TestSocket.Failure(description: result.errors) }
    }

    /// What the manager would send.
    func bundle(as files: CertificateFiles? = nil) throws -> CertificateBundle {
        CertificateBundle(
            files: files ?? self.files,
            certificatePEM: try String(contentsOfFile: self.files.certificate, encoding: .utf8),
            keyPEM: try String(contentsOfFile: self.files.key, encoding: .utf8)
        )
    }
}

/// A program run to its end: a peer that is not ours.
enum Program {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    static func run(_ name: String, _ arguments: [String], input: String = "") throws -> Result {
        let process = Process()
        let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "30", name] + arguments
        (process.standardOutput, process.standardError, process.standardInput) = (output, errors, standardInput)
        try process.run()
        standardInput.fileHandleForWriting.write(Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let out = output.fileHandleForReading.readDataToEndOfFile()
        let error = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: out, as: UTF8.self),
            errors: String(decoding: error, as: UTF8.self)
        )
    }

    /// A Python program with an `ssl` client: `connect(version=…, name=…)` returns a socket, `answer(client)` reads one.
    static func python(_ body: String, port: UInt16, authority: String) throws -> Result {
        let prelude = """
            import socket, ssl, sys, time
            PORT, AUTHORITY = int(sys.argv[1]), sys.argv[2]
            def context(least=None, most=None):
                made = ssl.create_default_context(cafile=AUTHORITY)
                made.set_alpn_protocols(["http/1.1"])
                if least: made.minimum_version = least
                if most: made.maximum_version = most
                return made
            def connect(name="a.test", made=None, session=None):
                plain = socket.create_connection(("127.0.0.1", PORT), timeout=10)
                return (made or context()).wrap_socket(
                    plain, server_hostname=name, suppress_ragged_eofs=False, session=session)
            def read_head(client):
                head = b""
                while not head.endswith(b"\\r\\n\\r\\n"):
                    byte = client.recv(1)
                    assert byte, head
                    head += byte
                return head.decode()
            def answer(client):
                head = read_head(client)
                length = [int(line.split(":")[1]) for line in head.split("\\r\\n") if line.lower().startswith("content-length")][0]
                body = b""
                while len(body) < length:
                    part = client.recv(65536)
                    assert part, len(body)
                    body += part
                return head, body
            """
        return try run("python3", ["-c", prelude + "\n" + body, "\(port)", authority])
    }
}
