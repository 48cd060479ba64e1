internal import PoolHTTP
internal import PoolModel
internal import PoolOS

/// One probe on its way: the request, what has come of the answer, and what it means.
final class ProbeExchange: Hashable {
    let worker: WorkerID
    let life: Life
    private let health: HealthSpec
    private let begun = MonotonicClock.now
    private var reader = ResponseReader(method: .get)
    private var head: ResponseReader.Head?
    /// The first bytes of the body, for people.
    private var body: [UInt8] = []
    /// Something of the answer has come.
    private(set) var hasBegun = false
    var connection: ProbeConnection?
    var timer: TimerID?

    private static let bodyBytesMax = 120

    init(worker: WorkerID, life: Life, health: HealthSpec) {
        self.worker = worker
        self.life = life
        self.health = health
    }

    var request: [UInt8] {
        let lines = [
            "GET \(health.path ?? "/") HTTP/1.1",
            "Host: \(health.host)",
            "\(ProbeHeader.name): \(worker)",
            "User-Agent: pool-probe",
            "Accept: */*",
        ]
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Whether the connection can carry another probe.
    var canReuse: Bool { reader.canReuse }

    /// Takes in a piece of the answer; returns the result once it is whole.
    func read(_ bytes: [UInt8]) -> ProbeResult? {
        hasBegun = true
        do throws(HTTPFault) {
            return take(try reader.read(bytes))
        } catch {
            return failure(.header, "not a valid response: \(error)")
        }
    }

    /// The connection has ended in the middle.
    func end() -> ProbeResult? {
        do throws(HTTPFault) {
            return take(try reader.finish()) ?? failure(.header, "the response is not complete")
        } catch {
            return failure(.header, "the response is not complete")
        }
    }

    private func take(_ events: [ResponseReader.Event]) -> ProbeResult? {
        for event in events {
            switch event {
            case .head(let head): self.head = head
            case .body(let piece): body += piece.prefix(ProbeExchange.bodyBytesMax - body.count)
            case .end: return verdict
            }
        }
        return nil
    }

    private var verdict: ProbeResult {
        guard let head else { return failure(.header, "no response head") }
        if let error = head[ProbeHeader.errorName] { return proxyVerdict(error) }
        let isGood = (health.statusMin...health.statusMax).contains(head.status)
        let text = excerpt
        let detail = "HTTP \(head.status)" + (isGood || text.isEmpty ? "" : ": \"\(text)\"")
        return result(isGood ? .done : .status, status: head.status, detail)
    }

    /// What the proxy says of the worker in its own answers: `connect-failed; errno=111`.
    private func proxyVerdict(_ error: String) -> ProbeResult {
        let parts = error.split(separator: ";").map { $0.drop { $0 == " " } }
        func value(_ name: String) -> Substring? {
            parts.first { $0.hasPrefix("\(name)=") }?.dropFirst(name.utf8.count + 1)
        }
        switch parts.first ?? "" {
        case "connect-failed":
            return failure(.connect, value("errno").flatMap { Int32($0) }.map(SystemError.reason) ?? "cannot connect")
        case "timeout": return failure(.timeout, "nothing came in time (\(value("phase") ?? "worker"))")
        case "no-worker": return failure(.proxy, "the proxy does not know the worker")
        case let code where code.hasPrefix("write") || code.hasPrefix("send"): return failure(.write, error)
        default: return failure(.header, error)
        }
    }

    var timedOut: ProbeResult {
        let milliseconds = health.timeout.millisecondsRoundedUp
        let limit = milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
        return failure(.timeout, "\(head == nil ? "no answer" : "no whole answer") within \(limit)")
    }

    func failure(_ phase: ProbeResult.Phase, _ detail: String) -> ProbeResult {
        result(phase, status: head?.status, detail)
    }

    private func result(_ phase: ProbeResult.Phase, status: Int?, _ detail: String) -> ProbeResult {
        ProbeResult(
            phase: phase,
            status: status,
            detail: detail,
            elapsed: MonotonicClock.now - begun,
            at: WallClock.now
        )
    }

    /// The body's first bytes as one printable line.
    private var excerpt: String {
        String(decoding: body.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    }

    static func == (left: ProbeExchange, right: ProbeExchange) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
