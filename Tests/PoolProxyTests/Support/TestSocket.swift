import Glibc
import PoolModel
import PoolOS

/// A blocking stream socket with deadlines on both directions: a test that waits in vain fails, it does not hang.
final class TestSocket {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: FileDescriptor
    /// Bytes read and not asked for yet.
    private var rest: [UInt8] = []

    init(adopting descriptor: FileDescriptor, seconds: Int = 10) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor.raw, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor.raw, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    convenience init(to address: Address, seconds: Int = 10) throws {
        self.init(adopting: try StreamSocket.connect(to: address), seconds: seconds)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var position = 0
        while position < bytes.count {
            let sent = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor.raw,
                    buffer.baseAddress.map { $0 + position },
                    buffer.count - position,
                    Int32(MSG_NOSIGNAL)
                )
            }
            guard sent > 0 else { throw Failure(description: "send: errno \(errno) after \(position) bytes") }
            position += sent
        }
    }

    /// Up to `count` bytes; empty at the end of the stream.
    ///
    /// - Throws: on a reset, and where nothing comes in time.
    func read(_ count: Int = 65_536) throws -> [UInt8] {
        if !rest.isEmpty {
            let taken = Array(rest.prefix(count))
            rest.removeFirst(taken.count)
            return taken
        }
        return try receive(count)
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor.raw, &bytes, count, 0)
        guard got >= 0 else { throw Failure(description: "recv: errno \(errno)") }
        return Array(bytes.prefix(got))
    }

    /// Whether there is something to read, now or within so many milliseconds.
    func isReadable(within milliseconds: Int32) -> Bool {
        var interest = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        return !rest.isEmpty || poll(&interest, 1, milliseconds) > 0
    }

    func readExactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(count - bytes.count)
            guard !more.isEmpty else {
                throw Failure(description: "end of stream after \(bytes.count) of \(count) bytes")
            }
            bytes += more
        }
        return bytes
    }

    /// Everything up to the end of the stream; a reset ends it too.
    func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try? read(), !more.isEmpty { bytes += more }
        return bytes
    }

    /// True where the peer ends the stream before the deadline, having sent nothing more.
    func isEnded() -> Bool { (try? read())?.isEmpty ?? false }

    /// The bytes up to and with an empty line.
    func readHead() throws -> String {
        var bytes: [UInt8] = []
        while true {
            if let end = bytes.firstRange(of: [13, 10, 13, 10]) {
                rest = Array(bytes[end.upperBound...]) + rest
                return String(decoding: bytes[..<end.upperBound], as: UTF8.self)
            }
            let more = try read()
            guard !more.isEmpty else {
                throw Failure(description: "end of stream within a head: \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += more
            guard bytes.count < 1 << 20 else { throw Failure(description: "a head without an end") }
        }
    }

    /// A whole answer: head, and body by length, in chunks or to the end.
    func readAnswer(toHead: Bool = false) throws -> TestAnswer {
        let head = try readHead()
        var answer = TestAnswer(head: head)
        if toHead || answer.status == 204 || answer.status == 304 || answer.status < 200 { return answer }
        if let length = answer.field("content-length").flatMap({ Int($0) }) {
            answer.body = try readExactly(length)
        } else if answer.field("transfer-encoding") == "chunked" {
            answer.body = try readChunks()
        } else {
            answer.body = readToEnd()
        }
        return answer
    }

    func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try readLine()
            guard let size = Int(line.split(separator: ";").first ?? "", radix: 16) else {
                throw Failure(description: "no chunk size: \(line)")
            }
            if size == 0 {
                while try !readLine().isEmpty {}
                return body
            }
            body += try readExactly(size)
            guard try readExactly(2) == [13, 10] else { throw Failure(description: "no CRLF behind a chunk") }
        }
    }

    private func readLine() throws -> String {
        var bytes: [UInt8] = []
        while bytes.suffix(2) != [13, 10] { bytes += try readExactly(1) }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    func shutdownWriting() { shutdown(descriptor.raw, 1) }
    func close() { descriptor.close() }

    /// Closes with a reset.
    func abort() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor.raw, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }
}

/// An answer as a client got it.
struct TestAnswer {
    let head: String
    var body: [UInt8] = []

    var status: Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var text: String { String(decoding: body, as: UTF8.self) }
    var error: String? { field("pool-error") }

    /// The value of the first field of that name, given in lower case.
    func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name { return parts[1].drop { $0 == " " }.description }
        }
        return nil
    }
}
