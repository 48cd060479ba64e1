internal import NIOCore
internal import NIOHTTP1
internal import PoolAPI
internal import PoolModel

extension ControlReply {
    /// An answer that goes on until the reader goes, the stream ends, or the daemon does.
    static func stream(_ source: some StreamSource, as format: AnswerFormat, of manager: Manager) -> ServerResponse {
        let body = ServerResponse.Body.stream { writer in
            var source = source
            stream: while let records = try await source.take() {
                guard records.isEmpty else {
                    try await writer.write(ControlReply.encode(records, as: format))
                    // A pause longer than a stream may be silent has heartbeats in it, which also find a reader gone.
                    var left = source.interval
                    while left > StreamRecord.heartbeatInterval {
                        try await Task.sleep(for: StreamRecord.heartbeatInterval)
                        left -= StreamRecord.heartbeatInterval
                        if await manager.isEnding { break stream }
                        let heartbeat = StreamRecord.heartbeat(at: manager.clock.wall)
                        try await writer.write(ControlReply.encode([heartbeat], as: format))
                    }
                    if left > .zero { try await Task.sleep(for: left) }
                    continue
                }
                switch await manager.wait(for: source.topic, after: source.seen) {
                case .changed: continue
                // It also finds out that the reader has gone.
                case .idle:
                    let heartbeat = StreamRecord.heartbeat(at: manager.clock.wall)
                    try await writer.write(ControlReply.encode([heartbeat], as: format))
                case .ended: break stream
                }
            }
        }
        return ServerResponse(status: .ok, headers: headers(format.mediaType ?? .eventStream), body: body)
    }

    private static func encode(_ records: [StreamRecord], as format: AnswerFormat) -> ByteBuffer {
        var buffer = ByteBuffer()
        for record in records { buffer.writeBytes(format.encode(record)) }
        return buffer
    }
}
