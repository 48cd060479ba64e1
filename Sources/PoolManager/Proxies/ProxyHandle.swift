internal import PoolAPI
internal import PoolModel
internal import PoolOS

/// The manager's side of one proxy process: its link, and how far it is.
final class ProxyHandle {
    let number: UInt64
    let lanes: Range<Int>
    /// nil until the keeper has started it.
    var process: ProcessIdentity?
    let channel: MessageChannel
    /// Its loops run.
    var isReady = false
    /// It takes no new connections, finishes what it has, and ends.
    var isDraining = false
    /// It was to take another's place, and did not.
    var hasFailed = false
    /// The routes that all its loops use.
    var routed: UInt64 = 0
    /// It gets its sockets with the first table: without one it would answer 503.
    var awaitsTable = false
    /// A table was refused by its link: it is sent again.
    var isTableMissed = false
    /// The fronts that it was given, by name.
    var fronts: Set<String> = []
    let startedAt: Duration

    init(number: UInt64, lanes: Range<Int>, channel: MessageChannel, process: ProcessIdentity? = nil) {
        self.number = number
        self.lanes = lanes
        self.channel = channel
        self.process = process
        startedAt = MonotonicClock.now
    }

    /// The name under which the keeper keeps our end of its link.
    static func linkName(_ number: UInt64) -> String { "proxy/\(number)/link" }

    /// Sends a command; false where the proxy does not take any more.
    @discardableResult
    func send(_ command: ProxyCommand, descriptors: [FileDescriptor] = []) -> Bool {
        guard let bytes = try? JSONCoding.encode(command) else { return false }
        return channel.send(bytes, descriptors: descriptors)
    }

    /// Hands over listening sockets, in as many messages as it takes.
    func listen(_ sockets: [(name: String, socket: FileDescriptor)]) {
        var rest = sockets[...]
        while !rest.isEmpty {
            let batch = rest.prefix(MessageSocket.descriptorsMax)
            rest = rest.dropFirst(batch.count)
            send(.listen(names: batch.map(\.name)), descriptors: batch.map(\.socket))
            fronts.formUnion(batch.map(\.name))
        }
    }
}
