import Glibc
import PoolModel
import PoolOS
import PoolProxy
import Testing

/// Streams share a connection: what one of them does not take is not held against the others.
@Suite struct HTTP2ShareTests {
    /// More uploads than one window held once, all to workers that read nothing, leave the way free for another.
    @Test func uploadsThatAreNotTakenLeaveTheOthersTheirWindows() throws {
        let directory = try TestDirectory()
        let gate = Promise()
        let size = 32 << 10
        let slow = 60
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            let isSlow = head.target == "/slow"
            if isSlow { _ = gate.wait() }
            let length = isSlow ? 4 * size : 100
            try connection.answer(head, body: "\(try connection.socket.readExactly(length).count)")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        // By stream; 0 is the connection.
        var windows = [0: 65_535]
        var initial = 65_535
        var left: [Int: Int] = [:]
        var answers: [Int: String] = [:]
        func begin(_ stream: Int, _ path: String, _ count: Int) throws {
            let fields = HTTP2Client.request("POST", path, [("content-length", "\(count)")])
            try client.begin(stream, fields, isLast: false)
            windows[stream] = initial
            left[stream] = count
        }
        func sendAll() throws {
            for (stream, rest) in left.sorted(by: { $0.key < $1.key }) {
                var rest = rest
                while rest > 0 {
                    let count = min(rest, 16_384, windows[stream] ?? 0, windows[0] ?? 0)
                    guard count > 0 else { break }
                    rest -= count
                    windows[stream, default: 0] -= count
                    windows[0, default: 0] -= count
                    try client.send(0, rest == 0 ? 1 : 0, stream, [UInt8](repeating: 1, count: count))
                }
                left[stream] = rest > 0 ? rest : nil
            }
        }
        func step() throws {
            let frame = try client.next()
            switch frame.type {
            case 4 where frame.flags & 1 == 0:
                for start in stride(from: 0, to: frame.payload.count, by: 6) where frame.payload[start + 1] == 4 {
                    let value = frame.payload[(start + 2)..<(start + 6)].reduce(0) { $0 << 8 | Int($1) }
                    for stream in windows.keys where stream != 0 { windows[stream, default: 0] += value - initial }
                    initial = value
                }
            case 8: windows[frame.stream, default: 0] += frame.payload.reduce(0) { $0 << 8 | Int($1) }
            case 0: answers[frame.stream, default: ""] += String(decoding: frame.payload, as: UTF8.self)
            case 3, 7: throw TestSocket.Failure(description: "frame \(frame)")
            default: break
            }
        }
        // The settings, and the window of the connection.
        while windows[0] == 65_535 { try step() }
        for index in 0..<slow { try begin(index * 2 + 1, "/slow", 4 * size) }
        try sendAll()
        // Each has sent what a stream may at least: more than a connection had.
        #expect(left.values.allSatisfy { $0 <= 3 * size })
        try begin(slow * 2 + 1, "/fast", 100)
        try sendAll()
        #expect(left[slow * 2 + 1] == nil)
        while answers[slow * 2 + 1] == nil {
            try sendAll()
            try step()
        }
        #expect(answers[slow * 2 + 1] == "100")
        gate.fulfil("go")
        while answers.count <= slow {
            try sendAll()
            try step()
        }
        for index in 0..<slow { #expect(answers[index * 2 + 1] == "\(4 * size)") }
    }

    /// Answers that a client asks for and does not take are held up to a bound, and go on when it takes them.
    @Test func whatIsHeldForAConnectionIsBounded() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.answer(request, body: String(repeating: "x", count: request.target == "/" ? 50_000 : 5))
            }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy, settings: [(4, 0)])
        let streams = (0..<80).map { $0 * 2 + 1 }
        for stream in streams { try client.begin(stream) }
        #expect(proxy.until { worker.requests == 80 })
        #expect(proxy.until { proxy.total(.bufferBytes) > 1 << 19 })
        // Others are served meanwhile, and nothing more is held.
        for _ in 0..<20 {
            #expect(try proxy.get("/small").status == 200)
            #expect(proxy.total(.bufferBytes) <= 1 << 20 + 1 << 18)
        }
        let window = HTTP2Client.number(4, 2) + HTTP2Client.number(1 << 20, 4)
        try client.send(4, 0, 0, window)
        let answers = try client.answers(streams)
        for stream in streams { #expect(answers[stream]?.body.count == 50_000) }
    }

    /// Many answers at once for a slow reader: each waits for its turn for longer than a client may take nothing.
    @Test func streamsThatWaitForTheirTurnAreKept() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            while let request = try connection.next() {
                try connection.answer(request, body: String(repeating: "x", count: 60_000))
            }
        }
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.timeouts.send = .milliseconds(500) }
        let client = try HTTP2Client(proxy, settings: [(4, 65_535)], window: 0)
        let streams = (0..<12).map { $0 * 2 + 1 }
        for stream in streams { try client.begin(stream) }
        let answers = try client.answers(streams) { count in
            // To be slow is what is tested: some 200 KB a second.
            usleep(UInt32(count) * 5)
            if count > 0 { try client.send(8, 0, 0, HTTP2Client.number(count, 4)) }
        }
        for stream in streams {
            #expect(answers[stream]?.resetCode == nil && answers[stream]?.body.count == 60_000)
        }
    }

    /// A client that opens no window for a stream withholds it, whatever it does on others.
    @Test func aStreamThatIsWithheldEnds() throws {
        let directory = try TestDirectory()
        let worker = try ScriptedWorker("one", at: directory.socket("one"))
        let proxy = try HTTP2Tests.proxy(directory, worker) { $0.front.timeouts.send = .milliseconds(300) }
        let client = try HTTP2Client(proxy, settings: [(4, 0)])
        try client.begin(1)
        #expect(try client.answer(1).resetCode == 2)
    }

    /// What comes and goes meanwhile does not put off the end of a connection that drains.
    @Test func aDrainIsNotPutOffByTraffic() throws {
        let directory = try TestDirectory()
        let gate = Promise()
        let worker = try ScriptedWorker("one", at: directory.socket("one")) { connection in
            let head = try connection.nextHead()
            _ = gate.wait()
            try connection.answer(head, body: "late")
        }
        let proxy = try HTTP2Tests.proxy(directory, worker)
        let client = try HTTP2Client(proxy)
        client.answersPings = false
        try client.begin(1)
        #expect(proxy.until { worker.requests == 1 })
        proxy.server.perform(.drain(limitSeconds: 60))
        let begun = MonotonicClock.now
        #expect(try client.goAway().last == Int(Int32.max))
        var last: Int?
        // Every 50 ms something comes, for longer than the client has to answer.
        while last == nil && MonotonicClock.now - begun < .seconds(15) {
            try client.send(8, 0, 0, HTTP2Client.number(1, 4))
            while last == nil, client.socket.isReadable(within: 50) {
                let frame = try client.next()
                if frame.type == 7 { last = frame.payload[0..<4].reduce(0) { $0 << 8 | Int($1) } }
            }
        }
        #expect(last == 1)
        gate.fulfil("go")
        #expect(try client.answer(1).text == "late")
    }
}
